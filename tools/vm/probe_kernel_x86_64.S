# The guest by which Gantry finds out whether an accelerator runs guests: what a hypervisor that
# merely starts gets wrong is what any 64-bit kernel does first. Started by QEMU's multiboot loader
# in 32-bit protected mode, it enters long mode with paging, then computes and touches memory in
# kRounds rounds. What it says on the serial port, and how it leaves, is read in
# accelerator_trial.cpp.
        .set    kSerialPort, 0x3f8
        .set    kExitPort, 0xf4           # isa-debug-exit: QEMU's exit code is 2 * value + 1
        .set    kExitValue, 0x10
        .set    kRounds, 10
        .set    kIterations, 3000000
        .set    kMultibootMagic, 0x1BADB002
        .set    kMultibootFlags, 0x00000003

        .text
        .align  4
        .long   kMultibootMagic, kMultibootFlags, -(kMultibootMagic + kMultibootFlags)

        .code32
        .globl  _start
_start: cli
        mov     $stack_top, %esp
        # 32 MiB, one to one, in pages of 2 MiB: present and writable are 3, a large page is 0x80
        mov     $pdpt, %eax
        or      $3, %eax
        mov     %eax, pml4
        mov     $pd, %eax
        or      $3, %eax
        mov     %eax, pdpt
        mov     $pd, %edi
        mov     $0x83, %eax
        mov     $16, %ecx
1:      mov     %eax, (%edi)
        add     $0x200000, %eax
        add     $8, %edi
        loop    1b
        mov     %cr4, %eax
        or      $0x20, %eax               # PAE
        mov     %eax, %cr4
        mov     $pml4, %eax
        mov     %eax, %cr3
        mov     $0xC0000080, %ecx         # EFER
        rdmsr
        or      $0x100, %eax              # LME
        wrmsr
        mov     %cr0, %eax
        or      $0x80010001, %eax         # PG, WP, PE
        mov     %eax, %cr0
        lgdt    gdt_pointer
        ljmp    $8, $long_mode

        .code64
long_mode:
        mov     $16, %ax
        mov     %ax, %ds
        mov     %ax, %es
        mov     %ax, %ss
        mov     $begun, %esi
        call    say
        mov     $kRounds, %r8d
round:  xor     %eax, %eax
        cpuid                             # a hypervisor has to answer it
        mov     $kIterations, %ecx
        mov     $buffer, %edi
        xor     %eax, %eax
2:      add     %rcx, %rax
        mov     %rax, %rdx
        and     $0xff8, %edx
        mov     %rax, (%rdi,%rdx)
        dec     %rcx
        jnz     2b
        movabs  $kIterations * (kIterations + 1) / 2, %rdx
        cmp     %rdx, %rax
        jne     wrong
        mov     $one_round, %esi
        call    say
        dec     %r8d
        jnz     round
        mov     $done, %esi
        call    say
leave:  mov     $kExitPort, %dx
        mov     $kExitValue, %al
        out     %al, %dx
3:      hlt
        jmp     3b
wrong:  mov     $miscounted, %esi
        call    say
        jmp     leave

# The text at rsi, up to a zero byte.
say:    mov     $kSerialPort, %dx
4:      lodsb
        test    %al, %al
        jz      5f
        out     %al, %dx
        jmp     4b
5:      ret

        .data
        .align  16
gdt:    .quad   0, 0x00209A0000000000, 0x0000920000000000
gdt_pointer:
        .word   23
        .long   gdt
begun:  .asciz  "gantry-probe: begun\n"
one_round:
        .asciz  "gantry-probe: round\n"
done:   .asciz  "gantry-probe: done\n"
miscounted:
        .asciz  "gantry-probe: wrong\n"

        .bss
        .align  4096
pml4:   .skip   4096
pdpt:   .skip   4096
pd:     .skip   4096
buffer: .skip   4096
        .skip   4096
stack_top:

        .section .note.GNU-stack, "", @progbits
