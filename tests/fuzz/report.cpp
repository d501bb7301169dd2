#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "report/html.hpp"
#include "report/markdown.hpp"
#include "report/summary_json.hpp"

namespace {

/// Text that nothing in the inputs may have brought in.
void check(const std::string& page) {
  const auto first = page.find("<script");
  if (first == std::string::npos || first != page.rfind("<script") ||
      page.find("</script>") != page.rfind("</script>") || !page.ends_with("</html>\n")) {
    std::abort();
  }
}

template <class Document>
void write(const Document& document) {
  check(gantry::report::to_html(document));
  (void)gantry::report::to_markdown(document);
  (void)gantry::report::summary_json(document);
}

}  // namespace

/// One file is read as each of the things that a report is made of.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gantry::report;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto series = parse_time_series(text, 0, "fuzz");
  auto fio = parse_fio_run(text, "fuzz");
  if (auto device = parse_device_run(text, "fuzz")) {
    Run run("fuzz", *std::move(device));
    run.name = run.device.device;
    run.command = run.name;
    RunDocument document{run.name, {run}};
    write(document);
    document.runs.push_back(run);
    write(document);
  }
  if (series || fio) {
    Run run("fuzz", {});
    run.series = series ? *std::move(series) : TimeSeries{};
    if (fio) {
      run.fio = *std::move(fio);
    }
    write(RunDocument{"fuzz", {run}});
  }
  if (auto sweep = parse_sweep(text, "fuzz")) {
    sweep->title = sweep->device;
    write(*sweep);
  }
  return 0;
}
