#include "vm/browser.hpp"

#include <csignal>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <poll.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "vm/browser_driver.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;
using nlohmann::json;

namespace {

constexpr std::chrono::milliseconds kActionTime{30000};  // Playwright's own default
constexpr std::chrono::milliseconds kGrace{15000};       // to keep the video
constexpr std::size_t kQuoted = 2000;

Result<fs::path> require(const std::vector<const char*>& names, const char* package) {
  for (const char* const name : names) {
    if (auto program = base::find_program(name)) {
      return *std::move(program);
    }
  }
  return base::Error{fmt::format("{} is not installed", names.front()), "",
                     fmt::format("on Debian: apt-get install {}", package)};
}

Result<std::string> settings_of(const BrowserRun& run, const fs::path& work,
                                const fs::path& result) {
  GANTRY_TRY(const auto chromium,
             require({"chromium", "chromium-browser", "google-chrome"}, "chromium"));
  const auto ffmpeg = base::find_program("ffmpeg");
  const char* const playwright = std::getenv("GANTRY_PLAYWRIGHT");
  json ports = json::object();
  for (const auto& port : run.ports) {
    ports[std::to_string(port.guest)] = port.host;
  }
  const auto action = std::chrono::duration_cast<std::chrono::milliseconds>(
      kActionTime * std::max(1.0, run.timeout_factor));
  return json{{"script", fs::absolute(run.script).native()},
              {"ports", ports},
              {"record", fs::absolute(run.record).native()},
              {"work", work.native()},
              {"result", result.native()},
              {"timeout", run.timeout.count()},
              {"actionTimeout", action.count()},
              {"grace", kGrace.count()},
              {"playwright", playwright == nullptr ? "" : fs::absolute(playwright).native()},
              {"chromium", chromium.native()},
              {"ffmpeg", ffmpeg ? ffmpeg->native() : ""}}
      .dump();
}

std::string text_of(const json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// How it went, as the driver says; nothing if it has not come so far.
std::optional<Result<void>> read_result(const fs::path& path) {
  const auto text = base::read_file(path, std::uint64_t{1} << 20);
  const auto value = text ? json::parse(*text, nullptr, false) : json();
  if (!value.is_object()) {
    return std::nullopt;
  }
  if (value.empty()) {
    return Result<void>();
  }
  return Result<void>(
      base::Error{text_of(value, "what"), text_of(value, "where"), text_of(value, "hint")});
}

std::string end_of(const fs::path& log) {
  auto text = base::read_file(log);
  if (!text) {
    return {};
  }
  text->erase(0, text->size() - std::min(text->size(), kQuoted));
  return std::string(base::trim(*text));
}

/// Asks it to end, so that it keeps what there is, and does not wait for ever.
void end(Process& driver) {
  ::kill(driver.pid(), SIGTERM);
  if (!driver.wait_for_end(after(kGrace + std::chrono::seconds(5)))) {
    ::kill(-driver.pid(), SIGKILL);
  }
}

}  // namespace

Result<void> run_browser(const BrowserRun& run, Process& machine) {
  if (run.ports.empty()) {
    return base::Error{"the guest has no port whose pages a browser could open", "",
                       "name it in the guest's description: port 80"};
  }
  GANTRY_TRY(const auto node, require({"node", "nodejs"}, "nodejs"));
  const auto work = run.directory / "browser";
  GANTRY_CHECK(base::remove_tree(work));
  GANTRY_CHECK(base::make_directories(work));
  const auto result = work / "result.json";
  GANTRY_TRY(const auto settings, settings_of(run, work, result));
  GANTRY_CHECK(base::write_file(work / "settings.json", settings));
  GANTRY_CHECK(base::write_file(work / "driver.mjs", browser_driver()));
  GANTRY_TRY(auto driver, Process::start({{node.native(), (work / "driver.mjs").native(),
                                           (work / "settings.json").native()},
                                          run.log,
                                          {}}));
  // The driver ends by itself when its time is over, having kept what there is.
  const auto ended = machine.wait_for(driver.ended_fd(), POLLIN, after(run.timeout + 2 * kGrace),
                                      "a script runs in the browser");
  if (!ended) {
    end(driver);
    return ended;
  }
  driver.wait_for_end(after(kGrace));
  const auto said = read_result(result);
  if (!said) {
    return base::Error{
        fmt::format("what drives the browser ended by {}; the last that it said:\n{}", driver.end(),
                    end_of(run.log)),
        run.script.native(), ""};
  }
  GANTRY_CHECK(base::remove_tree(work));
  return *said;
}

}  // namespace gantry::vm
