// As probe_kernel_x86_64.S, for the "virt" machine: it starts at EL1 with the MMU off, switches it
// on, and leaves through the firmware (PSCI), which ends QEMU with exit code 0.
        .set    kSerialPort, 0x09000000         // PL011
        .set    kSerialControl, 0x30
        .set    kSystemOff, 0x84000008
        .set    kRounds, 10
        .set    kIterations, 3000000

        .text
        .globl  _start
_start: ldr     x0, =stack_top
        mov     sp, x0
        // 2 GiB, one to one, in blocks of 1 GiB: devices, then memory
        ldr     x0, =table
        mov     x1, #0x401
        str     x1, [x0]
        ldr     x1, =0x40000705
        str     x1, [x0, #8]
        mov     x1, #0xff00
        msr     mair_el1, x1
        ldr     x1, =0x803519                   // 39 bits, 4 KiB pages, write-back, no TTBR1
        msr     tcr_el1, x1
        msr     ttbr0_el1, x0
        dsb     sy
        tlbi    vmalle1
        dsb     sy
        isb
        mrs     x1, sctlr_el1
        mov     x2, #0x1005                     // M, C, I
        orr     x1, x1, x2
        msr     sctlr_el1, x1
        isb

        ldr     x9, =kSerialPort
        mov     w1, #0x301                      // on, and may transmit
        str     w1, [x9, #kSerialControl]
        ldr     x0, =begun
        bl      say
        mov     x10, #kRounds
round:  mrs     x1, midr_el1                    // a hypervisor has to answer it
        ldr     x3, =kIterations
        ldr     x4, =buffer
        mov     x2, #0
1:      add     x2, x2, x3
        and     x5, x2, #0xff8
        str     x2, [x4, x5]
        subs    x3, x3, #1
        b.ne    1b
        ldr     x3, =kIterations * (kIterations + 1) / 2
        cmp     x2, x3
        b.ne    wrong
        ldr     x0, =one_round
        bl      say
        subs    x10, x10, #1
        b.ne    round
        ldr     x0, =done
        bl      say
leave:  ldr     x0, =kSystemOff
        hvc     #0
2:      wfi
        b       2b
wrong:  ldr     x0, =miscounted
        bl      say
        b       leave

// The text at x0, up to a zero byte.
say:    ldrb    w1, [x0], #1
        cbz     w1, 3f
        str     w1, [x9]
        b       say
3:      ret

        .data
begun:  .asciz  "gantry-probe: begun\n"
one_round:
        .asciz  "gantry-probe: round\n"
done:   .asciz  "gantry-probe: done\n"
miscounted:
        .asciz  "gantry-probe: wrong\n"

        .bss
        .align  12
table:  .skip   4096
buffer: .skip   4096
        .skip   4096
stack_top:

        .section .note.GNU-stack, "", %progbits
