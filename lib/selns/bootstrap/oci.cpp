#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/bootstrap/source_job.hpp"
#include "selns/oci/layout.hpp"

#include <fmt/format.h>

#include <utility>

namespace selns::bootstrap {

namespace {

class OciSource final : public RootSource {
  public:
    explicit OciSource(recipe::OciImage image) : image_(std::move(image)), layout_(open()) {
        at_its_place([&] { found_ = layout_.image(image_.ref, image_.platform); });
    }

    // The manifest's digest covers all layers.
    cache::Inputs inputs() const override {
        return {{"source", "oci"}, {"manifest", found_.digest}};
    }
    std::string config() const override { return found_.config; }

    tree::Tree read(const Work& work) const override {
        tree::Tree root;
        at_its_place([&] {
            root = layout_.root(found_, work.run.path(), [&](std::size_t layer) {
                work.step.detail(fmt::format("layer {} of {}", layer + 1, found_.layers.size()));
            });
        });
        return root;
    }

  private:
    oci::Layout open() const {
        std::optional<oci::Layout> layout;
        at_its_place([&] { layout.emplace(image_.path.value); });
        return std::move(*layout);
    }

    template <typename Work>
    void at_its_place(const Work& work) const {
        try {
            work();
        } catch (Error& error) {
            throw error.context(printable(image_.path.value.string())).at(image_.path.at);
        }
    }

    recipe::OciImage image_;
    oci::Layout layout_;
    oci::Image found_;
};

} // namespace

std::unique_ptr<Job> make_oci_job(const recipe::Recipe& recipe, const Options& options,
                                  process::Runner&, const cache::Store&) {
    const auto& image = std::get<recipe::OciImage>(recipe.from.what);
    return make_source_job(recipe, options, std::make_unique<OciSource>(image));
}

} // namespace selns::bootstrap
