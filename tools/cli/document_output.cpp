#include "cli/document_output.hpp"

#include "base/file.hpp"
#include "cli/exit_code.hpp"
#include "cli/standard_output.hpp"
#include "cli/subject.hpp"

namespace gantry::cli {

void DocumentOutput::add_to(CLI::App& command) {
  auto* output =
      command.add_option("--output", file, "Where to write it; default: standard output")
          ->type_name("FILE");
  command.add_flag("--attach", attach, "Attach it to the image, where that is published")
      ->excludes(output);
  add_registry_options(command, registry);
}

base::Result<NamedImage> DocumentOutput::open(const std::string& reference,
                                              const std::string& platform, Need need) const {
  return open_named_image(reference, platform, need,
                          attach ? registry::Access::kPush : registry::Access::kPull, registry);
}

base::Result<int> DocumentOutput::put(const std::string& document, const std::string& reference,
                                      const NamedImage& named,
                                      const oci::Attachment& attachment) const {
  if (attach) {
    const auto& image = named.image;
    auto place = named.place;
    if (!place) {
      GANTRY_TRY(auto found, find_published(reference, image.config.platform.text(),
                                            registry::Access::kPush, registry));
      place = std::move(found.place);
    }
    const Subject subject(std::move(place), image.descriptor);
    GANTRY_TRY(const auto attached, cli::attach(subject, [&](const oci::BlobStore& store) {
                 return oci::write_referrer(store, image.descriptor, attachment, document);
               }));
    return report(attached, subject, false);
  }
  if (!file.empty()) {
    GANTRY_TRY(const bool changed, base::write_file_if_changed(file, document));
    static_cast<void>(changed);
    return kSuccess;
  }
  GANTRY_CHECK(print(document + "\n"));
  return kSuccess;
}

}  // namespace gantry::cli
