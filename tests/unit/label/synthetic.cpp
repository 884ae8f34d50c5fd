#include "unit/label/synthetic.hpp"

namespace selns::label::test {

Specifications odd_specifications() {
    Specifications specifications;
    specifications.files.push_back({"main", R"(# a comment
   # an indented one

/.*                     u:object_r:default_t:s0
/               -d      u:object_r:root_t:s0
/dup                    u:object_r:first_t:s0
/dup                    u:object_r:second_t:s0
/dup            -d      u:object_r:third_t:s0
/lit.*                  u:object_r:regex_t:s0
/lit1                   u:object_r:literal_t:s0
/lit1.*                 u:object_r:later_regex_t:s0
/esc\.d/x\+y            u:object_r:escaped_t:s0
/e\-s/x                 u:object_r:stem_with_backslash_t:s0
/tty\d                  u:object_r:class_escape_t:s0
/tty\d+                 u:object_r:class_escapes_t:s0
/usr/a|/usr/b           u:object_r:top_t:s0
/one|two                u:object_r:top_without_stem_t:s0
/grp/(a|b)/c            u:object_r:grouped_t:s0
/grp/(a|b)/(c|d|)       u:object_r:empty_alternative_t:s0
/cls/[|]x               u:object_r:bar_in_class_t:s0
/cls/[]|]y              u:object_r:bracket_in_class_t:s0
/posix/[[:alpha:]|]z    u:object_r:posix_class_t:s0
/quote/\Q.|.\E          u:object_r:quoted_t:s0
/e\E?nd                 u:object_r:skipped_escape_t:s0
/com(?#ment)?x          u:object_r:comment_t:s0
/opt/?x                 u:object_r:optional_slash_t:s0
/brace{2}/x             u:object_r:counted_t:s0
/brace{x/y              u:object_r:plain_brace_t:s0
/plus+                  u:object_r:plus_t:s0
/kinds          --      u:object_r:file_t:s0
/kinds          -d      u:object_r:dir_t:s0
/kinds          -l      <<none>>
/kinds          -c      u:object_r:chr_t:s0
/kinds          -b      u:object_r:blk_t:s0
/kinds          -p      u:object_r:fifo_t:s0
/kinds          -s      u:object_r:sock_t:s0
/none(/.*)?             <<none>>
/tree(/.*)?             u:object_r:tree_t:s0
/tree/sub/.+            u:object_r:some_t:s0
/end\                   u:object_r:backslash_at_end_t:s0
/(?i)CASE               u:object_r:nocase_t:s0
/look(?=ahead).*        u:object_r:lookahead_t:s0
/slash//x               u:object_r:double_slash_t:s0
/trailing/              u:object_r:trailing_t:s0
nostart/x               u:object_r:relative_t:s0
/ctx -d
/four   --  u:object_r:four_t:s0   ignored
)"});
    specifications.files.push_back({"homedirs", "/lit2 u:object_r:home_t:s0\r\n"
                                                "/tree(/.*)? -d u:object_r:home_tree_t:s0\n"
                                                "/over u:object_r:home_t:s0\n"});
    specifications.files.push_back({"local", "/over u:object_r:local_t:s0\n"
                                             "/tree/sub/a.* u:object_r:local_t:s0"});
    specifications.subs = SpecificationFile{"subs", "# no\n/alias /tree\n/alias /tree/sub\n"
                                                    "/alias/deep /grp\n/x/* /tree\n/both /dist\n"
                                                    "/only\n/ /tree\n/toroot /\n"};
    specifications.subs_dist = SpecificationFile{"subs_dist", "/dist /tree\n/tree/loop /dist/loop\n"
                                                              "  /ind \t /tree/\n"};
    return specifications;
}

Specifications fedora_like_specifications() {
    Specifications specifications;
    specifications.files.push_back({"main", R"(/.*	system_u:object_r:default_t:s0
/[^/]+	--	system_u:object_r:etc_runtime_t:s0
/a?quota\.(user|group)	--	system_u:object_r:quota_db_t:s0
/sys(/.*)?	<<none>>
/mnt(/[^/]*)?	-d	system_u:object_r:mnt_t:s0
/mnt/[^/]*/.*	<<none>>
/dev/.*	system_u:object_r:device_t:s0
/dev/.*	-c	system_u:object_r:device_t:s0
/dev/.*mouse.*	-c	system_u:object_r:mouse_device_t:s0
/dev/[shmxv]d[^/]*	-b	system_u:object_r:fixed_disk_device_t:s0
/dev/(misc/)?nvram	-c	system_u:object_r:nvram_device_t:s0
/dev/tty[A-Z]+[0-9]*	-c	system_u:object_r:tty_device_t:s0
/dev/pts(/.*)?	<<none>>
/opt/.*\.so(\.[^/]*)*	--	system_u:object_r:lib_t:s0
/usr/.*	system_u:object_r:usr_t:s0
/usr/(.*/)?lib(/.*)?	system_u:object_r:lib_t:s0
/usr/(.*/)?bin(/.*)?	system_u:object_r:bin_t:s0
/usr/(.*/)?sbin(/.*)?	system_u:object_r:bin_t:s0
/usr/(local/)?.*\.so(\.[^/]*)*	--	system_u:object_r:lib_t:s0
/usr/lib(64)?/ld(64)?-[^/]*\.so(\.[^/]*)*	system_u:object_r:ld_so_t:s0
/usr/lib/systemd/system/[^/]*	--	system_u:object_r:systemd_unit_file_t:s0
/usr/lib/systemd/system/httpd.*\.service	--	system_u:object_r:httpd_unit_file_t:s0
/usr/lib/systemd/system/sshd-keygen@?.*	--	system_u:object_r:sshd_keygen_unit_file_t:s0
/usr/s?bin/(ip|x)tables(-(save|restore))?	--	system_u:object_r:iptables_exec_t:s0
/usr/bin/[xgkw]dm(-(binary|session))?	--	system_u:object_r:xdm_exec_t:s0
/usr/bin/(un)?mount	--	system_u:object_r:mount_exec_t:s0
/usr/bin/python[0-9](\.[0-9]+)?	--	system_u:object_r:bin_t:s0
/usr/libexec/postgresql-ctl	--	system_u:object_r:postgresql_exec_t:s0
/usr/share/man/(.*/)?man[0-9](/.*)?	system_u:object_r:man_t:s0
/etc/.*	system_u:object_r:etc_t:s0
/etc/passwd[-\+]?	--	system_u:object_r:passwd_file_t:s0
/etc/\.pwd\.lock	--	system_u:object_r:passwd_file_t:s0
/etc/ssh/ssh_host.*_key(\.pub)?	--	system_u:object_r:sshd_key_t:s0
/etc/selinux/([^/]*/)?policy(/.*)?	system_u:object_r:semanage_store_t:s0
/etc/rc\.d/init\.d/(n|s)fs(lock)?	--	system_u:object_r:rpcd_initrc_exec_t:s0
/etc/httpd/(conf|modules)(\.d)?(/.*)?	system_u:object_r:httpd_config_t:s0
/var/(db|adm)(/.*)?	system_u:object_r:var_t:s0
/var/www/[^/]*/cgi-bin(/.*)?	system_u:object_r:httpd_sys_script_exec_t:s0
/var/log/(sa|sysstat)(/.*)?	system_u:object_r:sysstat_log_t:s0
/var/lib/pgsql/(.*/)?data(/.*)?	system_u:object_r:postgresql_db_t:s0
/var/run/[^/]*\.pid	--	system_u:object_r:var_run_t:s0
/run/.*\.*pid	<<none>>
/tmp/\.X11-unix(/.*)?	system_u:object_r:xserver_tmp_t:s0
/tmp/.{3,5}-[a-f0-9]{2}	system_u:object_r:counted_tmp_t:s0
/usr/lib/debug(/.*)?	<<none>>
/usr/(share|lib)/selinux/[^/]*/(modules/)?.*\.(pp|cil)(\.bz2)?	--	system_u:object_r:selinux_config_t:s0
/usr/bin/(gnome|kde|xfce)[0-9]*-.*	--	system_u:object_r:desktop_exec_t:s0
/usr/share/(locale|doc|i18n)(/.*)?	system_u:object_r:locale_t:s0
/etc/NetworkManager/NetworkManager.*\.conf	--	system_u:object_r:nm_etc_rw_t:s0
/etc/(letsencrypt|pki)(/.*)?	system_u:object_r:cert_t:s0
/etc/rc[0-6]?\.d/[SK][0-9]{2}.*	-l	system_u:object_r:etc_t:s0
/dev/(raw/)?raw[0-9]+	-c	system_u:object_r:fixed_disk_device_t:s15:c0.c1023
/dev/(input/)?(mouse|event)[^/]*	-c	system_u:object_r:event_device_t:s0
/dev/log	-s	system_u:object_r:devlog_t:s15:c0.c1023
/dev/log	-l	system_u:object_r:devlog_t:s0
/var/lib/(containers|docker)/storage/overlay(2)?(-(images|layers))?(/.*)?	system_u:object_r:ro_file_t:s0
/var/lib/[^/]*/storage/volumes/[^/]*/_data(/.*)?	system_u:object_r:container_file_t:s0
/var/lib/pki(-.*)?(/.*)?	system_u:object_r:pki_tomcat_t:s0
/var/log/messages[^/]*	system_u:object_r:var_log_t:s15:c0.c1023
/var/spool/(at|cron)(/.*)?	system_u:object_r:cron_spool_t:s0
/var/named/(.*/)?\.[^/]+	system_u:object_r:named_hidden_t:s0
/run/user/[^/]+/(gvfs|dbus-1)(/.*)?	<<none>>
/(sysroot/)?ostree(/.*)?/deploy/[^/]+\.[0-9]	-d	system_u:object_r:root_t:s0
/\.autorelabel	--	system_u:object_r:etc_runtime_t:s0
/\.journal	<<none>>
/lost\+found(/.*)?	<<none>>
/quota\.(user|group)(\.new)?	--	system_u:object_r:quota_db_t:s0
)"});
    specifications.files.push_back(
        {"homedirs", R"(/home/[^/]+	-d	unconfined_u:object_r:user_home_dir_t:s0
/home/[^/]+/.+	unconfined_u:object_r:user_home_t:s0
/home/[^/]+/\.ssh(/.*)?	unconfined_u:object_r:ssh_home_t:s0
/home/[^/]+/((www)|(web)|(public_html))(/.+)?	unconfined_u:object_r:httpd_user_content_t:s0
/home/[^/]+/\.maildir(/.*)?	unconfined_u:object_r:mail_home_rw_t:s0
/home/[^/]*/\.(kde|gnome2?)(/.*)?	unconfined_u:object_r:gnome_home_t:s0
/home/[^/]+/\.local/share/containers/storage/volumes/[^/]*/.*	unconfined_u:object_r:container_file_t:s0
/home/[^/]+/\.config/(.*/)?pulse(/.*)?	unconfined_u:object_r:pulse_home_t:s0
/home/[^/]+/\.xsession-errors.*	--	unconfined_u:object_r:xdm_home_t:s0
/root(/.*)?	system_u:object_r:admin_home_t:s0
/root/\.(bash|zsh|tcsh)_history	--	system_u:object_r:admin_home_t:s0
/root/\.ssh(/.*)?	system_u:object_r:ssh_home_t:s0
)"});
    specifications.subs_dist =
        SpecificationFile{"subs_dist", "/run /var/run\n/bin /usr/bin\n"
                                       "/lib64 /usr/lib\n/usr/lib64 /usr/lib\n"
                                       "/usr/sbin /usr/bin\n/sbin /usr/bin\n"
                                       "/sysroot/ostree/deploy/default /\n/var/roothome /root\n"
                                       "/var/named/chroot/etc /etc\n"};
    return specifications;
}

} // namespace selns::label::test
