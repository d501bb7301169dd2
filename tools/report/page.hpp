#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "report/device_run.hpp"
#include "report/markup.hpp"
#include "report/quantity.hpp"

namespace gantry::report {

/// A cell of a table: text, or a figure with its place in the summary.
struct Cell {
  std::string text;
  std::string pointer;   ///< JSON pointer; empty: not a figure
  double value = 0;      ///< of a figure, exactly
  bool numeric = false;  ///< at the right, as figures are
  int colour = -1;       ///< of a sample before the text; less than 0: none
};

/// A cell of text.
Cell plain(std::string text);
/// A text that is at the right, as numbers are.
Cell numeric(std::string text);
/// A figure as prose has it, with its unit.
Cell figure_cell(std::string pointer, double value, Unit unit);
/// A figure in a column of one unit.
Cell figure_cell(std::string pointer, double value, const Scaling& scaling);
/// Write amplification of a report, whose pointer in the summary is prefix + "/report"; a dash if
/// the host has written nothing.
Cell amplification_cell(const std::string& prefix, const DeviceReport& report);

struct Table {
  std::string caption;
  std::vector<std::string> head;
  std::vector<std::vector<Cell>> rows;  ///< the first cell of each is its heading
};

/// A page being written, from top to bottom. Figures and tables are numbered.
class Page {
 public:
  /// subtitle is a line below the title.
  Page(std::string_view kind, const std::string& title, const std::string& subtitle);

  Markup& markup() { return markup_; }

  /// A section with its heading, until the value's end.
  [[nodiscard]] Markup::Element section(std::string_view heading);
  /// A box whose content stands side by side where there is room.
  [[nodiscard]] Markup::Element columns(std::string_view type);

  void paragraph(std::string_view text, std::string_view type = "");
  void figure(std::string_view caption, const std::function<void()>& draw);
  /// As figure, of a drawing that is drawn for wide and for narrow pages; it is given its width.
  void figure_of_width(std::string_view caption, const std::function<void(double)>& draw);
  void table(const Table& table);
  /// Names and values, such as the most important figures.
  void key_figures(const std::vector<std::pair<std::string, Cell>>& figures);
  /// A command line, as it is.
  void command(std::string_view text);

  /// Ends the page. summary is the JSON that the figures point into; version that of the simulator.
  std::string finish(const std::string& summary, const std::string& version) &&;

 private:
  void cell(const Cell& content);
  void table_row(const std::vector<Cell>& row);

  Markup markup_;
  int figures_ = 0;
  int tables_ = 0;
};

/// The settings of a device and of what was run on it, as tables.
void write_configuration(Page& page, const std::vector<SettingGroup>& description,
                         const std::vector<Setting>& workload, const std::string& digest);

}  // namespace gantry::report
