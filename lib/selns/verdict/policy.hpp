#pragma once

#include "selns/policy/neverallow.hpp"
#include "selns/selinux/decisions.hpp"
#include "selns/selinux/policydb.hpp"
#include "selns/verdict/file_contexts.hpp"
#include "selns/verdict/file_systems.hpp"
#include "selns/verdict/meaning.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace selns::verdict {

// What verdicts ask of the base policy, from several threads at the same time.
class Policy {
  public:
    virtual ~Policy() = default;
    virtual bool has_type(std::string_view name) const = 0;
    virtual bool is_attribute(std::string_view name) const = 0;
    virtual bool has_attribute(std::string_view type, std::string_view attribute) const = 0;
    // The types that have the attribute; none when it is no attribute.
    virtual std::vector<std::string> members(std::string_view) const { return {}; }
    // Of a type; none for what the policy does not have.
    virtual Meanings meanings(std::string_view type) const { return meanings_of_name(type); }
    // Of what has no label, or one that the policy does not define.
    virtual std::string_view unlabeled_type() const { return "unlabeled_t"; }
    // Whether nobody can relabel the object of a denial: see FileSystems::label().
    virtual bool labelled_by_file_system(std::string_view, std::string_view,
                                         std::string_view) const {
        return false;
    }
    // What the image's file contexts say.
    virtual const FileContexts& file_contexts() const {
        static const FileContexts none;
        return none;
    }
    virtual bool has_class(std::string_view name) const = 0;
    virtual bool has_permission(std::string_view tclass, std::string_view permission) const = 0;
    virtual bool valid_context(const std::string& context) const = 0;

    // The following are asked only with valid contexts and with names that the policy has.
    virtual std::vector<selinux::Decision>
    decide(const std::string& scontext, const std::string& tcontext, const std::string& tclass,
           const std::vector<std::string>& permissions) const = 0;
    // Whether a rule does, whatever constraints say.
    virtual bool rule_allows(const std::string& source, const std::string& target,
                             const std::string& tclass, const std::string& permission) const = 0;
    virtual bool has_extended_rules(const std::string& source, const std::string& target,
                                    const std::string& tclass) const = 0;
    virtual bool command_allowed(const std::string& source, const std::string& target,
                                 const std::string& tclass, std::uint16_t command) const = 0;
    // The same for the types of netlink messages, of permission `nlmsg`.
    virtual bool has_message_rules(const std::string&, const std::string&,
                                   const std::string&) const {
        return false;
    }
    virtual bool message_allowed(const std::string&, const std::string&, const std::string&,
                                 std::uint16_t) const {
        return false;
    }
    virtual std::vector<selinux::Obstacle> relabel_obstacles(const std::string& old_context,
                                                             const std::string& new_context,
                                                             const std::string& task_context,
                                                             const std::string& tclass) const = 0;
    // The neverallow rule that an allow rule would break, as source; nothing when there is none,
    // or when the policy's neverallow rules are not known.
    virtual std::optional<std::string> neverallow(const std::string& source,
                                                  const std::string& target,
                                                  const std::string& tclass,
                                                  const std::string& permission) const = 0;
};

// A real one. What is handed in outlives it, but for MEANINGS, which are of the same policy.
// NEVERALLOWS may be null: not known.
class BasePolicy final : public Policy {
  public:
    BasePolicy(const selinux::PolicyDb& policy, const selinux::Decisions& decisions,
               const policy::Neverallows* neverallows, TypeMeanings meanings,
               FileContexts file_contexts = {})
        : policy_(policy), decisions_(decisions), neverallows_(neverallows),
          meanings_(std::move(meanings)), unlabeled_type_(policy.unlabeled_type()),
          file_systems_(policy), file_contexts_(std::move(file_contexts)) {}

    const TypeMeanings& type_meanings() const { return meanings_; }

    bool has_type(std::string_view name) const override { return policy_.has_type(name); }
    bool is_attribute(std::string_view name) const override { return policy_.has_attribute(name); }
    bool has_attribute(std::string_view type, std::string_view attribute) const override {
        return policy_.has_attribute(type, attribute);
    }
    std::vector<std::string> members(std::string_view attribute) const override {
        return policy_.attribute_members(attribute);
    }
    Meanings meanings(std::string_view type) const override { return meanings_.of(type); }
    std::string_view unlabeled_type() const override { return unlabeled_type_; }
    bool labelled_by_file_system(std::string_view type, std::string_view tclass,
                                 std::string_view device) const override {
        return file_systems_.label(type, tclass, device);
    }
    const FileContexts& file_contexts() const override { return file_contexts_; }
    bool has_class(std::string_view name) const override { return policy_.has_class(name); }
    bool has_permission(std::string_view tclass, std::string_view permission) const override {
        return policy_.has_permission(tclass, permission);
    }
    bool valid_context(const std::string& context) const override {
        return policy_.valid_context(context);
    }
    std::vector<selinux::Decision>
    decide(const std::string& scontext, const std::string& tcontext, const std::string& tclass,
           const std::vector<std::string>& permissions) const override {
        return decisions_.decide(scontext, tcontext, tclass, permissions);
    }
    bool rule_allows(const std::string& source, const std::string& target,
                     const std::string& tclass, const std::string& permission) const override {
        return decisions_.rule_allows(source, target, tclass, permission);
    }
    bool has_extended_rules(const std::string& source, const std::string& target,
                            const std::string& tclass) const override {
        return decisions_.has_extended_rules(source, target, tclass);
    }
    bool command_allowed(const std::string& source, const std::string& target,
                         const std::string& tclass, std::uint16_t command) const override {
        return decisions_.command_allowed(source, target, tclass, command);
    }
    bool has_message_rules(const std::string& source, const std::string& target,
                           const std::string& tclass) const override {
        return decisions_.has_message_rules(source, target, tclass);
    }
    bool message_allowed(const std::string& source, const std::string& target,
                         const std::string& tclass, std::uint16_t type) const override {
        return decisions_.message_allowed(source, target, tclass, type);
    }
    std::vector<selinux::Obstacle> relabel_obstacles(const std::string& old_context,
                                                     const std::string& new_context,
                                                     const std::string& task_context,
                                                     const std::string& tclass) const override {
        return decisions_.relabel_obstacles(old_context, new_context, task_context, tclass);
    }
    std::optional<std::string> neverallow(const std::string& source, const std::string& target,
                                          const std::string& tclass,
                                          const std::string& permission) const override;

  private:
    const selinux::PolicyDb& policy_;
    const selinux::Decisions& decisions_;
    const policy::Neverallows* neverallows_;
    TypeMeanings meanings_;
    std::string unlabeled_type_;
    FileSystems file_systems_;
    FileContexts file_contexts_;
};

} // namespace selns::verdict
