// A program smaller than sandbox-init that lowers its chance to be killed first, then fills memory with files:
// when the kernel chooses a process to kill, sandbox-init is the largest.
#![no_std]
#![no_main]
use core::arch::asm;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}

unsafe fn syscall(number: usize, a: usize, b: usize, c: usize) -> isize {
    let result: isize;
    asm!("syscall", inlateout("rax") number as isize => result, in("rdi") a, in("rsi") b, in("rdx") c, out("rcx") _, out("r11") _);
    result
}

const WRITE: usize = 1;
const OPEN: usize = 2;
const O_RDWR_CREAT: usize = 0o102;
static ZEROS: [u8; 4096] = [0; 4096];

#[no_mangle]
pub unsafe extern "C" fn _start() -> ! {
    let score = syscall(OPEN, c"/proc/self/oom_score_adj".as_ptr() as usize, 1, 0);
    syscall(WRITE, score as usize, b"0".as_ptr() as usize, 1);
    syscall(WRITE, 1, b"before\n".as_ptr() as usize, 7);
    let file = syscall(OPEN, c"/tmp/hoard".as_ptr() as usize, O_RDWR_CREAT, 0o600);
    loop {
        syscall(WRITE, file as usize, ZEROS.as_ptr() as usize, ZEROS.len());
    }
}
