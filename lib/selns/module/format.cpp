#include "selns/module/format.hpp"

namespace selns::module {

Format format_of(const std::filesystem::path& file) {
    return file.extension() == ".te" ? Format::te : Format::cil;
}

char comment_mark(Format format) {
    return format == Format::te ? '#' : ';';
}

} // namespace selns::module
