#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gantry::vm::agent {

// What the host and the agent in a guest say to each other over a virtio-serial port. Nothing but
// the standard library: the agent is one small static program.
//
// A frame is a head (magic, type, length of the body, request, session), the body, and the session
// once more; integers are little-endian. A session begins with a kHello of the host's, whose
// number is random. After a restore either side may be in the middle of an old frame: the one that
// is waited for is completed by what comes next, and dropped, since it does not end in its
// session's number; old ones are not of the session. So a kHello that follows kLongestFrame zeros
// is always understood.

/// What this side speaks, and the oldest that it understands: 1 has no kPutTree.
inline constexpr std::uint32_t kVersion = 2;
inline constexpr std::uint32_t kOldestVersion = 1;
inline constexpr std::uint32_t kTreeVersion = 2;

inline constexpr std::string_view kPortName = "gantry.agent.0";

inline constexpr std::size_t kLongestBody = std::size_t{256} << 10;
inline constexpr std::size_t kHeadSize = 24;
inline constexpr std::size_t kTailSize = 8;
inline constexpr std::size_t kLongestFrame = kHeadSize + kLongestBody + kTailSize;

/// Of a stream's data in one frame.
inline constexpr std::size_t kDataSize = std::size_t{64} << 10;

/// How much of a command's standard input may be on its way: more only as kCredit allows it.
inline constexpr std::size_t kInputWindow = std::size_t{128} << 10;

enum class Type : std::uint16_t {
  // The host's. A request ends the one before it.
  kHello = 1,       ///< begins a session: Hello
  kExecute = 2,     ///< request: Command; answered by kOutput, kErrorOutput, kCredit, then kExited
  kInput = 3,       ///< bytes for the command's standard input; none: that was all
  kSignal = 4,      ///< u32, a signal for the command and what it has started
  kCancel = 5,      ///< ends the request, with SIGKILL; not answered
  kPut = 6,         ///< request: PutFile; then kPutData, kPutEnd; answered by kDone
  kPutData = 7,     ///< bytes
  kPutEnd = 8,      ///< nothing
  kGet = 9,         ///< request: the path; answered by kFileInfo, kFileData, kDone
  kIdentity = 10,   ///< request: Identity; answered by kOutcome
  kSync = 11,       ///< request: u32, not 0: trim; answered by kSynced
  kPowerOff = 12,   ///< request: nothing; answered by kDone
  kPutTree = 13,    ///< request: PutTree; then kTreeEntry and kPutData, kPutEnd; answered by kDone
  kTreeEntry = 14,  ///< TreeEntry; of a file, its bytes follow as kPutData

  // The guest's.
  kReady = 128,        ///< of no session: the agent listens, and knows of none
  kWelcome = 129,      ///< Welcome
  kDone = 130,         ///< nothing
  kFailed = 131,       ///< Failure, the end of the request
  kOutput = 132,       ///< bytes of the command's standard output
  kErrorOutput = 133,  ///< bytes of its standard error
  kCredit = 134,       ///< u32, so many more bytes of kInput are welcome
  kExited = 135,       ///< Exited
  kFileInfo = 136,     ///< FileInfo
  kFileData = 137,     ///< bytes
  kOutcome = 138,      ///< a list of Failure
  kSynced = 139,       ///< Synced
};

struct Frame {
  Type type{};
  std::uint32_t request = 0;  ///< the host counts them; the guest's answers have the same number
  std::uint64_t session = 0;
  std::string_view body;
};

/// Appends the frame's bytes. Its body has kLongestBody bytes at most.
void append_frame(std::string& out, const Frame& frame);

/// Finds frames in what arrives. What is none is passed over, whatever it is.
class FrameReader {
 public:
  /// From now on frames of this session are found, besides those of any that begin one: kHello and
  /// kReady.
  void accept(std::uint64_t session) { session_ = session; }

  void append(std::string_view bytes);

  /// The next whole frame; its body is there until the next call of anything here. To be called
  /// until there is none, before more is appended: then no more than kLongestFrame bytes are kept.
  std::optional<Frame> next();

  void clear();

  /// Bytes that are kept since they may be the beginning of a frame.
  std::size_t kept() const { return buffer_.size() - at_; }

 private:
  std::string buffer_;
  std::size_t at_ = 0;  ///< what comes before it is dealt with
  std::uint64_t session_ = 0;
};

}  // namespace gantry::vm::agent
