#include "selns/pipeline/draft.hpp"

#include "selns/base/text.hpp"
#include "selns/image/image.hpp"
#include "selns/pipeline/images.hpp"
#include "selns/pipeline/label_stage.hpp"
#include "selns/pipeline/launch_stage.hpp"
#include "selns/pipeline/policy_source.hpp"
#include "selns/pipeline/policy_stage.hpp"
#include "selns/pipeline/root.hpp"

#include <algorithm>
#include <utility>

namespace selns::pipeline {

namespace {

recipe::Image bootable(const recipe::Recipe& recipe) {
    const auto found = std::ranges::find_if(
        recipe.images, [](const recipe::Image& image) { return image.format->boots(); });
    return found == recipe.images.end() ? recipe::Image{&image::bootable_format(), {}, {}} : *found;
}

void write_draft(const tree::Tree& rootfs, const recipe::Recipe& recipe, const recipe::Image& image,
                 std::int64_t epoch, const std::filesystem::path& file, const Context& context) {
    progress::Step step(context.sink, "image", file.filename().string());
    write_image(rootfs, recipe, image, {epoch, false}, file, context,
                [&](std::uint64_t done, std::uint64_t total) {
                    step.advance(done, total, "bytes");
                    context.interrupt.check();
                });
    step.finish(human_size(std::filesystem::file_size(file)));
}

// What a launcher in the machine reads.
std::string launch_text(const launch::Inputs& inputs) {
    for (launch::RenderedFile& file : launch::render(inputs))
        if (file.kind == "launch")
            return std::move(file.content);
    return {};
}

} // namespace

BootSubject make_draft(const recipe::Recipe& given, const DraftRequest& request,
                       const Context& context) {
    const RootSource source(given, context);
    Root root = read_root(given, source.archive(false, Checks::always), context);
    const recipe::Recipe recipe = with_policy_type(given, root.tree);
    Options options;
    options.show_dontaudit = request.show_dontaudit;
    make_policy(root.tree, recipe, {}, options, root.epoch, context);
    const LabelResult labels = label_tree(root.tree, recipe, context);

    const recipe::Image image = bootable(recipe);
    BootSubject draft;
    const std::string name = recipe.name + "." + std::string(image.format->name);
    request.place.create(name); // so that nobody else can read what is written to it
    draft.image = request.place.path() / name;
    write_draft(root.tree, recipe, image, root.epoch.seconds, draft.image, context);
    draft.file_system = image.format->name;
    draft.launch = launch_inputs(recipe, labels);
    draft.launch.directory = request.place.path().string();
    draft.launch_json = launch_text(draft.launch);
    draft.kernel = request.kernel;
    draft.draft = true;
    return draft;
}

} // namespace selns::pipeline
