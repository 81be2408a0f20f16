/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * X.2 as programs of others call it, who have headers of their own: nothing here comes from include/ or lib/. The rules
 * are those of the classic headers for amd64:
 *
 *   - the kernel interface page is looked for once, and its link words become pointers that are called;
 *   - a call's asm names inputs and outputs, RBP is pushed around it, all else is destroyed;
 *   - after Ipc, Unmap and MemoryControl the message registers are stored through RDI as the kernel returned it;
 *   - a UTCB's place is computed from the own one, and local IDs are asked of the kernel.
 */
#ifndef TESTS_FOREIGN_CLASSIC_H
#define TESTS_FOREIGN_CLASSIC_H

typedef unsigned long word;

/* ---- The kernel interface page ----------------------------------------------------------------------------------- */

/* No clobbers: the caller relies on every other register, the flags and memory. */
static inline void *kernel_interface(word *version, word *flags, word *id)
{
	void *page;

	__asm__ __volatile__(".byte 0xf0, 0x90" : "=a"(page), "=c"(*version), "=d"(*flags), "=S"(*id));
	return page;
}

/* Words of the page by their offset. */
static inline word kip_word(const void *kip, word offset)
{
	return *(const word *)((const char *)kip + offset);
}

/* Filled by init_calls(). The asm below calls through them. */
extern word call_space_control, call_thread_control, call_processor_control, call_memory_control, call_ipc, call_lipc,
	call_unmap, call_exchange_registers, call_system_clock, call_thread_switch, call_schedule;
void init_calls(void);

static inline word user_base(const void *kip)
{
	return kip_word(kip, 0x188) >> 20 & 0xfff;
}

/* ---- Words ------------------------------------------------------------------------------------------------------- */

#define NILTHREAD 0UL
#define ANYTHREAD (~0UL)
#define ANYLOCALTHREAD (~0UL << 6)

static inline word global_id(word number, word version)
{
	return number << 32 | version;
}
static inline word thread_no(word id)
{
	return id >> 32;
}

/* Reserved parts of words hold what the compiler left there; here they are set. */
#define GARBAGE 0xabcdef0100000000UL

static inline word fpage(word base, unsigned log2size)
{
	return (base & ~0x3ffUL) | log2size << 4;
}
static inline word io_fpage(word port, unsigned log2count)
{
	return GARBAGE | port << 16 | log2count << 10 | 2 << 4 | 8;
}
#define COMPLETE_SPACE 0x10UL
#define RIGHT_X 1UL
#define RIGHT_W 2UL
#define RIGHT_R 4UL
#define RWX 7UL

/* Times are 16 bits in a word. */
#define NEVER 0UL
#define ZERO 0x400UL
static inline word time_period(word microseconds)
{
	word exponent = 0;

	while (microseconds >= 1 << 10) {
		microseconds >>= 1;
		exponent++;
	}
	return exponent << 10 | microseconds;
}
/* In int, whose sign goes into the upper half. */
static inline word timeouts(word send, word receive)
{
	return (word)(long)(int)((int)(send & 0xffff) * 0x10000 + (int)(receive & 0xffff));
}

static inline word map_item(word base)
{
	return (base & ~0x3ffUL) | 8;
}
static inline word grant_item(word base)
{
	return (base & ~0x3ffUL) | 0xa;
}
static inline word string_item(word size)
{
	return size << 10;
}

static inline word tag(word label, word untyped, word typed)
{
	return label << 16 | typed << 6 | untyped;
}
#define TAG_ERROR (1UL << 15)
#define TAG_PROPAGATED (1UL << 12)
#define TAG_REDIRECTED (1UL << 13)

/* ---- The own UTCB, by words from MR0 ----------------------------------------------------------------------------- */

static inline word *utcb(void)
{
	word *mr0;

	__asm__ __volatile__("mov %%gs:0, %0" : "=r"(mr0));
	return mr0;
}
enum {
	BR0 = -16,
	MY_GLOBAL_ID = -15,
	PROCESSOR_NO = -14,
	USER_DEFINED_HANDLE = -13,
	PAGER = -12,
	EXCEPTION_HANDLER = -11,
	ERROR_CODE = -9,
	XFER_TIMEOUTS = -8,
	INTENDED_RECEIVER = -7,
	ACTUAL_SENDER = -6,
};

static inline word my_global_id(void)
{
	return utcb()[MY_GLOBAL_ID];
}
static inline word my_local_id(void)
{
	return (word)utcb();
}
static inline word error_code(void)
{
	return utcb()[ERROR_CODE];
}
static inline void load_mr(int n, word value)
{
	utcb()[n] = value;
}
static inline word mr(int n)
{
	return utcb()[n];
}
static inline void load_br(int n, word value)
{
	utcb()[BR0 - n] = value;
}

/* Where the UTCB of a thread number lies: the first thread's UTCB without the bits below the minimal area, then one
   after the other. */
word utcb_location(word number);

/* ---- System calls ------------------------------------------------------------------------------------------------ */

struct registers {
	word control, sp, ip, flags, handle, pager;
};

/* The old values replace the new ones. */
static inline word exchange_registers(word dest, struct registers *regs)
{
	register word ip __asm__("r8") = regs->ip;
	register word flags __asm__("r9") = regs->flags;
	register word handle __asm__("r10") = regs->handle;
	word result;

	__asm__ __volatile__("push %%rbp; call *call_exchange_registers; pop %%rbp"
			     : "=a"(result), "+S"(regs->control), "+d"(regs->sp), "+D"(regs->pager), "+r"(ip),
			       "+r"(flags), "+r"(handle)
			     : "0"(dest)
			     : "rbx", "rcx", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
	regs->ip = ip;
	regs->flags = flags;
	regs->handle = handle;
	return result;
}

static inline word thread_control(word dest, word space, word scheduler, word pager, word utcb_place)
{
	register word in_space __asm__("r8") = space;
	register word place __asm__("r9") = utcb_place;
	word result;

	__asm__ __volatile__("push %%rbp; call *call_thread_control; pop %%rbp"
			     : "=a"(result), "+D"(dest), "+d"(scheduler), "+S"(pager), "+r"(in_space), "+r"(place)
			     :
			     : "rbx", "rcx", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
	return result;
}

static inline word space_control(word space, word control, word kip_area, word utcb_area, word redirector,
				 word *old_control)
{
	register word utcbs __asm__("r8") = utcb_area;
	register word to __asm__("r9") = redirector;
	word result;

	__asm__ __volatile__("push %%rbp; call *call_space_control; pop %%rbp"
			     : "=a"(result), "+D"(space), "+S"(control), "+d"(kip_area), "+r"(utcbs), "+r"(to)
			     :
			     : "rbx", "rcx", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
	*old_control = kip_area; /* RDX */
	return result;
}

static inline word system_clock(void)
{
	word result;

	__asm__ __volatile__("push %%rbp; call *call_system_clock; pop %%rbp"
			     : "=a"(result)
			     :
			     : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
			       "memory", "cc");
	return result;
}

static inline void thread_switch(word dest)
{
	__asm__ __volatile__("push %%rbp; call *call_thread_switch; pop %%rbp"
			     : "+D"(dest)
			     :
			     : "rax", "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
			       "memory", "cc");
}

#define NO_CHANGE (~0UL)

static inline word schedule(word dest, word time, word processor, word priority, word preemption, word *old_time)
{
	register word on __asm__("r8") = processor;
	register word how __asm__("r9") = preemption;
	word result;

	__asm__ __volatile__("push %%rbp; call *call_schedule; pop %%rbp"
			     : "=a"(result), "+D"(dest), "+d"(time), "+S"(priority), "+r"(on), "+r"(how)
			     :
			     : "rbx", "rcx", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
	*old_time = time;
	return result & 0xff;
}

/* Message registers in registers, and back to where RDI points. */
static inline word message_call(word entry, word rsi, word rdx, word rdi, word r8_value, word **rdi_out)
{
	word *const mrs = utcb();
	register word r8 __asm__("r8") = r8_value;
	register word mr0 __asm__("r9") = mrs[0];
	register word mr3 __asm__("r10") = mrs[3];
	register word mr4 __asm__("r12") = mrs[4];
	register word mr5 __asm__("r13") = mrs[5];
	register word mr6 __asm__("r14") = mrs[6];
	register word mr7 __asm__("r15") = mrs[7];
	word mr1 = mrs[1], mr2 = mrs[2];
	word *out;

	__asm__ __volatile__("push %%rbp; call *%%rcx; pop %%rbp"
			     : "+S"(rsi), "=D"(out), "+c"(entry), "+d"(rdx), "+r"(r8), "+r"(mr0), "+a"(mr1), "+b"(mr2),
			       "+r"(mr3), "+r"(mr4), "+r"(mr5), "+r"(mr6), "+r"(mr7)
			     : "1"(rdi)
			     : "r11", "memory", "cc");
	out[0] = mr0;
	out[1] = mr1;
	out[2] = mr2;
	out[3] = mr3;
	out[4] = mr4;
	out[5] = mr5;
	out[6] = mr6;
	out[7] = mr7;
	*rdi_out = out;
	return rsi;
}

/* The tag that came back; the sender goes to `from`. */
static inline word ipc(word to, word from_specifier, word times, word *from)
{
	word *out;
	word const sender = message_call(call_ipc, to, from_specifier, (word)utcb(), times, &out);

	if (from)
		*from = sender;
	return out[0];
}
static inline word lipc(word to, word from_specifier, word times, word *from)
{
	word *out;
	word const sender = message_call(call_lipc, to, from_specifier, (word)utcb(), times, &out);

	if (from)
		*from = sender;
	return out[0];
}

/* The flexpage with its status. */
static inline word unmap(word page, int flush)
{
	word *out;

	load_mr(0, page);
	(void)message_call(call_unmap, 0, flush ? 1 << 6 : 0, (word)utcb(), 0, &out);
	return out[0];
}

static inline word memory_control(word control, const word attributes[4])
{
	word *const mrs = utcb();
	word *out;
	register word attribute2 __asm__("r8") = attributes[2];
	register word attribute3 __asm__("r11") = attributes[3];
	register word mr0 __asm__("r9") = mrs[0];
	register word mr3 __asm__("r10") = mrs[3];
	register word mr4 __asm__("r12") = mrs[4];
	register word mr5 __asm__("r13") = mrs[5];
	register word mr6 __asm__("r14") = mrs[6];
	register word mr7 __asm__("r15") = mrs[7];
	word rax = mrs[1], rbx = mrs[2], rcx = attributes[0], rsi = attributes[1];

	__asm__ __volatile__("push %%rbp; call *call_memory_control; pop %%rbp"
			     : "+d"(control), "=D"(out), "+c"(rcx), "+S"(rsi), "+r"(attribute2), "+r"(attribute3),
			       "+r"(mr0), "+a"(rax), "+b"(rbx), "+r"(mr3), "+r"(mr4), "+r"(mr5), "+r"(mr6), "+r"(mr7)
			     : "1"(mrs)
			     : "memory", "cc");
	out[0] = rcx;
	out[1] = rax;
	return control; /* RDX */
}

/* ---- What the headers make of them ------------------------------------------------------------------------------- */

static inline word send(word to)
{
	return ipc(to, NILTHREAD, timeouts(NEVER, NEVER), 0);
}
static inline word receive(word from)
{
	return ipc(NILTHREAD, from, timeouts(NEVER, NEVER), 0);
}
static inline word call(word to)
{
	return ipc(to, to, timeouts(NEVER, NEVER), 0);
}
/* From oneself, of whom nothing comes. */
static inline void sleep_for(word time)
{
	word const kept = mr(0);

	load_mr(0, 0);
	(void)ipc(NILTHREAD, my_local_id(), timeouts(NEVER, time), 0);
	load_mr(0, kept);
}

static inline word other_name(word id)
{
	struct registers none = {0};

	return exchange_registers(id, &none);
}
static inline int is_local(word id)
{
	return (id & 0x3f) == 0;
}
static inline word global_id_of(word id)
{
	return is_local(id) ? other_name(id) : id;
}
static inline word local_id_of(word id)
{
	return is_local(id) ? id : other_name(id);
}

/* At a stack and an address: out of whatever it waits for. */
static inline void start_at(word id, void *sp, void (*ip)(void))
{
	struct registers regs = {.control = 0x11e, .sp = (word)sp, .ip = (word)ip};

	(void)exchange_registers(id, &regs);
}

#endif
