#include "selns/recipe/form.hpp"

namespace selns::recipe {

const Field* ObjectForm::find(std::string_view key) const {
    for (const Field& field : fields)
        if (field.key == key)
            return &field;
    return nullptr;
}

std::vector<std::string> ObjectForm::keys() const {
    std::vector<std::string> keys;
    for (const Field& field : fields)
        keys.push_back(field.key);
    return keys;
}

const Pattern& size_pattern() {
    static const Pattern pattern("^[0-9]{1,18}(\\.[0-9]{1,3})?[KMGT]?$");
    return pattern;
}

} // namespace selns::recipe
