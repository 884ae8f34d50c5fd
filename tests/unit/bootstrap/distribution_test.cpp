#include "selns/bootstrap/distribution.hpp"
#include "support/catch.hpp"

using namespace selns;

TEST_CASE("every source of recipes has something that makes it") {
    for (const recipe::Source& source : recipe::sources()) {
        recipe::Recipe recipe;
        recipe.from.key = source.key;
        const bootstrap::Distribution& distribution = bootstrap::distribution_of(recipe.from);
        CHECK(distribution.name == source.key);
        CHECK((distribution.archives != nullptr) == (source.kind == recipe::SourceKind::apt));
    }
}
