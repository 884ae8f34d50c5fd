#pragma once

#include "selns/base/diagnostics.hpp"
#include "selns/label/label.hpp"
#include "selns/label/pairs.hpp"
#include "selns/label/pattern.hpp"
#include "selns/label/prefix_tree.hpp"
#include "selns/label/regexes.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace selns::label {

// Finds specifications by path. They lie in a tree by the literal text that their regular
// expressions start with, so that one pass over a path meets only those that share their start with
// it. These are tried from the highest precedence down; few of them need PCRE2.
class Index {
  public:
    // SPECIFICATIONS, the later ones of higher precedence, have to live as long as this, in their
    // place. Regular expressions that do not compile are added to PROBLEMS.
    Index(const std::vector<Specification>& specifications, Diagnostics& problems);

    // The best match for PATH, as clean() leaves it, and S_IFMT bits (0: of any kind).
    const Specification* find(std::string_view path, std::uint32_t type) const;
    // All matches, the best one first.
    std::vector<const Specification*> find_all(std::string_view path, std::uint32_t type) const;

  private:
    struct Candidate {
        std::uint32_t rank; // the higher one wins; see rank_of()
        std::uint32_t type;
        std::uint32_t regex; // in regexes_, of Tail::regex
        Pattern::Tail tail;
        bool check_stem;
        Pairs required; // of Tail::regex
    };
    // The candidates of one prefix, best first.
    struct List {
        const Candidate* next;
        const Candidate* end;
        std::size_t prefix_length;
    };
    // A path and what was learnt of it on the way.
    struct Query {
        std::string_view path;
        std::uint32_t type;
        std::optional<Pairs> pairs;
        std::optional<MatchMemory> memory;
    };

    Candidate make(std::uint32_t index, const Pattern& pattern, Diagnostics& problems);
    template <typename Visit>
    void visit_lists(std::string_view path, const Visit& visit) const;
    bool matches(const Candidate& candidate, std::size_t prefix_length, Query& query) const;
    bool matches_regex(const Candidate& candidate, Query& query) const;
    const Specification& specification_of(const Candidate& candidate) const;

    const std::vector<Specification>& specifications_;
    std::vector<Candidate> candidates_; // in the order of the tree's keys
    PrefixTree tree_;
    Regexes regexes_;
};

} // namespace selns::label
