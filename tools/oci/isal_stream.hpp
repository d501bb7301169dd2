#pragma once

#include <cstddef>

#include <isa-l.h>

namespace gantry::oci {

/// The state of one of ISA-L's compressors, at an address that does not decide what it writes.
///
/// ISA-L 2.30 takes, for the third byte of its input, the hash of bits 16 to 47 of the state's own
/// address (igzip_icf_body_h1_gr_bt.asm, .write_first_byte, where rcx still holds it): one entry of
/// its table of matches depends on where the kernel has put us. All states are therefore put where
/// that hash is the same.
class IsalStream {
 public:
  IsalStream();
  ~IsalStream();
  IsalStream(const IsalStream&) = delete;
  IsalStream& operator=(const IsalStream&) = delete;

  isal_zstream& get() { return *stream_; }

 private:
  isal_zstream* stream_ = nullptr;
};

}  // namespace gantry::oci
