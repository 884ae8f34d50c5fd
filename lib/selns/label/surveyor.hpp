#pragma once

#include "selns/label/hard_link.hpp"
#include "selns/label/survey.hpp"

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace selns::label {

// What verify() and survey_disk() have in common; safe to use from several threads.
class Surveyor {
  public:
    Surveyor(const Matcher& matcher, Validator valid, Progress progress, Wanted wanted = {});

    // The specification that decides about a name; null when there is none, when it says <<none>>,
    // and when its context is invalid. Counts the name and notes an invalid context, if the name is
    // wanted.
    const Specification* ask(const std::string& path, std::uint32_t type);
    // How STORED differs from what SPECIFICATION says.
    std::optional<Difference> compare(const std::string& path, const Specification& specification,
                                      const std::string& stored) const;
    // Keeps it if its name is wanted.
    void add(Difference difference);
    // A file system that keeps no labels.
    void add_without_labels(std::string mount_point);

    // Which of an inode's names, in walk order, decides, by what ask() said of them. Notes a
    // conflict of names of which one is wanted.
    const Named* decide(const std::vector<Named>& names);

    Survey finish();

  private:
    bool is_valid(std::size_t specification);
    bool is_wanted(const std::string& path, const std::string& context) const;

    const Matcher& matcher_;
    Validator valid_;
    Progress progress_;
    Wanted wanted_;
    std::atomic<std::uint64_t> asked_ = 0;
    std::atomic<std::uint64_t> names_ = 0; // of the wanted ones
    std::atomic<std::uint64_t> silent_ = 0;
    enum Validity : char { unknown, yes, no };
    // By specification, in the order of Matcher::specifications().
    std::vector<std::atomic<char>> validity_;
    std::vector<std::atomic<std::uint64_t>> uses_;
    std::mutex mutex_; // of the following
    std::vector<std::string> invalid_paths_;
    Survey survey_;
};

} // namespace selns::label
