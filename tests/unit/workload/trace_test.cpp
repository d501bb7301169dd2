#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workload/trace_reader.hpp"
#include "workload/trace_summary.hpp"

namespace gantry::workload {
namespace {

using ssd::Nanos;
using ssd::Opcode;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kData = GANTRY_TEST_DATA "/";

struct Seen {
  std::int64_t time;
  Opcode opcode;
  std::uint64_t offset;
  std::uint64_t bytes;
  bool forced = false;

  friend bool operator==(const Seen&, const Seen&) = default;
  friend void PrintTo(const Seen& seen, std::ostream* out) {
    *out << seen.time << " " << static_cast<int>(seen.opcode) << " " << seen.offset << " "
         << seen.bytes << (seen.forced ? " forced" : "");
  }
};

std::vector<Seen> read_all(base::Result<TraceReader> reader) {
  std::vector<Seen> all;
  if (!reader) {
    ADD_FAILURE() << reader.error().what;
    return all;
  }
  for (;;) {
    const auto request = reader->next();
    if (!request) {
      ADD_FAILURE() << request.error().where << ": " << request.error().what;
      return all;
    }
    if (!*request) {
      return all;
    }
    const auto& [time, opcode, forced, offset, bytes] = **request;
    all.push_back({time.count(), opcode, offset, bytes, forced});
  }
}

base::Result<TraceReader> text(std::string lines, std::optional<TraceFormat> format = {}) {
  return TraceReader::of(TraceInput::of(std::move(lines), "trace"), format);
}

TraceFormat format_of_file(const std::string& name) {
  const auto reader = TraceReader::open(kData + name);
  EXPECT_TRUE(reader) << name;
  return reader->format();
}

TEST(TraceReader, FindsTheFormat) {
  EXPECT_EQ(format_of_file("msr.csv"), TraceFormat::kMsr);
  EXPECT_EQ(format_of_file("alibaba.csv"), TraceFormat::kAlibaba);
  EXPECT_EQ(format_of_file("blkparse.txt"), TraceFormat::kBlkparse);
  EXPECT_EQ(format_of_file("blktrace.bin"), TraceFormat::kBlktrace);
  EXPECT_EQ(format_of_file("fio2.log"), TraceFormat::kFio2);
  EXPECT_EQ(format_of_file("fio3.log"), TraceFormat::kFio3);
  EXPECT_EQ(format_of_file("mqsim.trace"), TraceFormat::kMqsim);
}

TEST(TraceReader, ReadsMsr) {
  EXPECT_EQ(read_all(TraceReader::open(kData + "msr.csv")),
            (std::vector<Seen>{{0, Opcode::kRead, 7'014'609'920, 24'576},
                               {1'332'052'600, Opcode::kWrite, 1'317'441'536, 8192},
                               {2'332'061'600, Opcode::kWrite, 2'436'440'064, 4096}}));
}

TEST(TraceReader, ReadsAlibaba) {
  EXPECT_EQ(read_all(TraceReader::open(kData + "alibaba.csv")),
            (std::vector<Seen>{{0, Opcode::kWrite, 13'390'376'960, 16'384},
                               {46'000, Opcode::kRead, 360'326'373'376, 26'624},
                               {56'000, Opcode::kRead, 368'851'193'856, 8192}}));
}

TEST(TraceReader, ReadsWhatWasQueuedOfBlkparse) {
  EXPECT_EQ(read_all(TraceReader::open(kData + "blkparse.txt")),
            (std::vector<Seen>{{0, Opcode::kWrite, 114'426'880, 4096},
                               {6410, Opcode::kRead, 114'435'072, 8192},
                               {10'000, Opcode::kWrite, 114'439'168, 4096, true},
                               {17'803, Opcode::kTrim, 536'870'912, 1'048'576},
                               {27'803, Opcode::kFlush, 0, 0},
                               {37'803, Opcode::kFlush, 0, 0}}));
}

TEST(TraceReader, ReadsWhatWasQueuedOfBlktrace) {
  const std::vector<Seen> expected = {{0, Opcode::kRead, 1'048'576, 4096},
                                      {1000, Opcode::kWrite, 2'097'152, 8192, true},
                                      {2000, Opcode::kTrim, 4'194'304, 1'048'576},
                                      {3000, Opcode::kFlush, 0, 0}};
  EXPECT_EQ(read_all(TraceReader::open(kData + "blktrace.bin")), expected);
}

TEST(TraceReader, ReadsFio) {
  EXPECT_EQ(read_all(TraceReader::open(kData + "fio2.log")),
            (std::vector<Seen>{{0, Opcode::kWrite, 0, 4096},
                               {500'000, Opcode::kRead, 8192, 16'384},
                               {750'000, Opcode::kTrim, 1'048'576, 65'536},
                               {750'000, Opcode::kFlush, 0, 0}}));
  EXPECT_EQ(read_all(TraceReader::open(kData + "fio3.log")),
            (std::vector<Seen>{{0, Opcode::kWrite, 0, 16'384},
                               {10'000, Opcode::kRead, 16'384, 4096},
                               {13'000, Opcode::kTrim, 65'536, 8192},
                               {22'000, Opcode::kFlush, 0, 0}}));
}

TEST(TraceReader, ReadsMqsim) {
  EXPECT_EQ(read_all(TraceReader::open(kData + "mqsim.trace")),
            (std::vector<Seen>{{0, Opcode::kRead, std::uint64_t{56'171'464} * 512, 4096},
                               {107'500, Opcode::kWrite, 51'200, 8192}}));
}

TEST(TraceReader, ReadsTheLastLineWithoutItsEnd) {
  EXPECT_EQ(read_all(text("1 0 8 8 1\r\n\r\n2 0 16 8 1")).size(), 2U);
}

TEST(TraceReader, ShowsALineThatIsOfNoFormat) {
  const auto reader = text("hello,\x1b[31mworld\nsecond\n");
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().what,
            "0 of 2 lines parsed: line 1 is \"hello,\\x1b[31mworld\", and none of these formats: "
            "msr, alibaba, blkparse, blktrace, fio2, fio3, mqsim");
  EXPECT_EQ(reader.error().where, "trace");
  EXPECT_THAT(text("").error().what, StartsWith("0 of 0 lines parsed: line 1 is \"\""));
}

std::string fault_of(TraceFormat format, std::string lines) {
  auto reader = text(std::move(lines), format);
  for (;;) {
    const auto request = reader->next();
    if (!request) {
      return request.error().where + ": " + request.error().what;
    }
    if (!*request) {
      return "";
    }
  }
}

TEST(TraceReader, SaysWhatIsWrongWithALine) {
  const auto msr = [](const std::string& line) {
    return fault_of(TraceFormat::kMsr, "5,h,0,Read,0,512,9\n" + line);
  };
  EXPECT_EQ(msr("5,h,0,Read,0,512"),
            "trace:2: 6 fields are not the 7 of msr (time,host,disk,type,offset,size,response) "
            "(read as msr)");
  EXPECT_EQ(msr("5,h,0,Erase,0,512,9"), "trace:2: \"Erase\" is no Read or Write (read as msr)");
  EXPECT_EQ(msr("5,h,0,Read,-1,512,9"), "trace:2: \"-1\" is no offset (read as msr)");
  EXPECT_EQ(msr("5,h,0,Read,0,99999999999999999999,9"),
            "trace:2: \"99999999999999999999\" is no size (read as msr)");
  EXPECT_EQ(msr("5,h,0,Read,0,1073741825,9"),
            "trace:2: a request of 1073741825 bytes is longer than 1073741824 (read as msr)");
  EXPECT_EQ(msr("5,h,0,Read,1152921504606846976,512,9"),
            "trace:2: the offset 1152921504606846976 is beyond 1152921504606846976 (read as msr)");
  EXPECT_EQ(msr("18446744073709551615,h,0,Read,0,512,9"),
            "trace:2: the time 18446744073709551615 is too long after the first, 5 (read as msr)");
  EXPECT_EQ(fault_of(TraceFormat::kAlibaba, "1,D,0,512,9"),
            "trace:1: \"D\" is no R or W (read as alibaba)");
  EXPECT_EQ(fault_of(TraceFormat::kMqsim, "1 0 1 1 2"),
            "trace:1: \"2\" is no type of mqsim: 0 for a write, 1 for a read (read as mqsim)");
  EXPECT_EQ(fault_of(TraceFormat::kMqsim, "1 0 2251799813685249 1 1"),
            "trace:1: the sector 2251799813685249 is beyond 2251799813685248 (read as mqsim)");
  EXPECT_EQ(fault_of(TraceFormat::kFio2, "fio version 3 iolog"),
            "trace:1: \"fio version 3 iolog\" is no heading of fio: fio version 2 iolog "
            "(read as fio2)");
  EXPECT_EQ(fault_of(TraceFormat::kFio3, "fio version 3 iolog\n1 f jump 0 0"),
            "trace:2: \"jump\" is no action of fio (add, open, close, read, write, trim, sync, "
            "datasync, wait) (read as fio3)");
  EXPECT_EQ(fault_of(TraceFormat::kFio3, "fio version 3 iolog\n1 f read 0"),
            "trace:2: read needs an offset and a length (read as fio3)");
  EXPECT_EQ(fault_of(TraceFormat::kBlkparse, "8,0 1 1 0.5 1 Q R 1 + 8"),
            "trace:1: \"0.5\" is no time in seconds with nine decimals (read as blkparse)");
  EXPECT_EQ(fault_of(TraceFormat::kBlkparse, "8,0 1 1 0.000000000 1 Q R"),
            "trace:1: a queued request does not say where it goes: \"sector + sectors\" "
            "(read as blkparse)");
  EXPECT_EQ(fault_of(TraceFormat::kMqsim, std::string(100'000, '1')),
            "trace:1: the line is longer than 65536 bytes");
  EXPECT_EQ(fault_of(TraceFormat::kBlktrace, std::string(60, 'x')),
            "trace:1: the record does not begin with blktrace's magic (read as blktrace)");
}

TEST(TraceReader, BlktraceOfTheOtherByteOrderAndCutOff) {
  std::ifstream file(kData + "blktrace.bin", std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  // The first request, which is after a note of 16 bytes, field by field the other way round.
  const auto record = bytes.substr(64, 48);
  std::string swapped;
  for (const std::size_t size : {4U, 4U, 8U, 8U, 4U, 4U, 4U, 4U, 4U, 2U, 2U}) {
    const auto field = record.substr(swapped.size(), size);
    swapped.append(field.rbegin(), field.rend());
  }
  EXPECT_EQ(read_all(text(swapped)), (std::vector<Seen>{{0, Opcode::kRead, 1'048'576, 4096}}));
  EXPECT_EQ(fault_of(TraceFormat::kBlktrace, bytes.substr(0, bytes.size() - 1)),
            "trace:6: the last record is cut off (read as blktrace)");
}

TEST(TraceReader, ReadsWhatIsWritten) {
  const std::string lines = "0 0 8 8 1\n123456700 0 65536 16 0\n";
  const auto requests = read_all(text(lines));
  for (const auto format :
       {TraceFormat::kMsr, TraceFormat::kAlibaba, TraceFormat::kFio3, TraceFormat::kMqsim}) {
    std::string written(heading(format));
    auto reader = text(lines);
    for (;;) {
      const auto request = reader->next();
      ASSERT_TRUE(request);
      if (!*request) {
        break;
      }
      const auto line = to_line(**request, format);
      ASSERT_TRUE(line);
      written += *line;
    }
    auto again = read_all(text(written));
    ASSERT_EQ(again.size(), 2U);
    EXPECT_NEAR(static_cast<double>(again[1].time), 123'456'700, 999) << name_of(format);
    again[1].time = requests[1].time;
    EXPECT_EQ(again, requests) << name_of(format);
  }
  const Request trim{.time = Nanos{0}, .opcode = Opcode::kTrim, .offset = 0, .bytes = 4096};
  EXPECT_EQ(to_line(trim, TraceFormat::kMsr).error().what, "a trace of msr cannot hold a trim");
  EXPECT_EQ(to_line({.time = Nanos{0}, .bytes = 1}, TraceFormat::kFio2).error().what,
            "traces of fio2 are only read");
  EXPECT_EQ(*to_line(trim, TraceFormat::kFio3), "0 device trim 0 4096\n");
}

TEST(TraceSummary, SaysWhatATraceAsksFor) {
  auto reader = text("0 0 0 8 1\n1000000 0 4 8 0\n2000000000 0 1024 8 1\n");
  const auto summary = summarize(*reader);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->count(), 3U);
  EXPECT_EQ(summary->footprint, 3U * 4096) << "the second one lies across two pages";
  EXPECT_EQ(to_text(*summary),
            "format        mqsim\n"
            "requests      3 of 3 lines\n"
            "  read        2 (66.7 %), 8.19 kB\n"
            "  write       1 (33.3 %), 4.10 kB\n"
            "duration      2.000 s (2 a second)\n"
            "span          528 kB from offset 0\n"
            "footprint     12.3 kB\n");
}

}  // namespace
}  // namespace gantry::workload
