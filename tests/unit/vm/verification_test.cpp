#include "vm/verification.hpp"

#include <gtest/gtest.h>

namespace gantry::vm {
namespace {

TEST(Verification, ReadsTheRegistersOfX86) {
  // As QEMU 7.2 says it of a guest of 64 bits.
  const auto registers = registers_in(
      "\r\nCPU#0\r\n"
      "RAX=0000000000000000 RBX=ffffffff82613940 RCX=0000000000000001 RDX=4000000000000000\r\n"
      "R8 =ffff88800f62cd00 R9 =0000000000000000 R10=0000000000000001 R11=000000000000027c\r\n"
      "RIP=ffffffff81c0ddcb RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=1\r\n"
      "ES =0000 0000000000000000 ffffffff 00c00000\r\n"
      "CR0=80050033 CR2=00007f8a91f5f1c8 CR3=0000000002a0c000 CR4=000006b0\r\n"
      "DR0=0000000000000000 DR1=0000000000000000\r\n"
      "CCS=0000000000000000 CCD=0000000000000000 CCO=LOGICL\r\n"
      "EFER=0000000000000d01\r\n"
      "XMM00=0000000000000000 0000000000000000\r\n\r\n"
      "CPU#1\r\nRIP=000000000000fff0 RFL=00000002\r\n");
  EXPECT_EQ(registers.at("CPU#0 RIP"), "ffffffff81c0ddcb");
  EXPECT_EQ(registers.at("CPU#0 CR3"), "0000000002a0c000");
  EXPECT_EQ(registers.at("CPU#0 R10"), "0000000000000001");
  EXPECT_EQ(registers.at("CPU#1 RIP"), "000000000000fff0");
  // What QEMU finds out when it is asked for may be another way of saying the same.
  EXPECT_FALSE(registers.contains("CPU#0 CCS"));
  EXPECT_FALSE(registers.contains("CPU#0 XMM00"));
}

TEST(Verification, ReadsTheRegistersOfArm64) {
  const auto registers = registers_in(
      "CPU#0\r\n PC=ffffffc0081a2b3c X00=0000000000000000 X01=ffffffc009cf3d90\r\n"
      "X30=ffffffc0081a2b38  SP=ffffffc009cf3d80\r\nPSTATE=600000c5 -ZC- EL1h\r\n");
  EXPECT_EQ(registers, (Registers{{"CPU#0 PC", "ffffffc0081a2b3c"},
                                  {"CPU#0 X00", "0000000000000000"},
                                  {"CPU#0 X01", "ffffffc009cf3d90"},
                                  {"CPU#0 X30", "ffffffc0081a2b38"},
                                  {"CPU#0 SP", "ffffffc009cf3d80"}}));
}

TEST(Verification, OtherTextHasNoRegisters) {
  EXPECT_TRUE(registers_in("unknown command: 'info registers'\r\n").empty());
  EXPECT_TRUE(registers_in("").empty());
}

}  // namespace
}  // namespace gantry::vm
