//go:build !purego && !race

#include "textflag.h"

// commitFlip: Writing (2) to Committed (1) in bits 16 and 17 of the word.
#define commitFlip $0x30000

// TAIL moves the last CX < 16 bytes of a copy.
#define TAIL(small, eight, four, one, done) \
small:                        \
	CMPQ CX, $8           \
	JB   eight            \
	MOVQ (SI), R10        \
	MOVQ -8(SI)(CX*1), R11 \
	MOVQ R10, (DI)        \
	MOVQ R11, -8(DI)(CX*1) \
	JMP  done             \
eight:                        \
	CMPQ CX, $4           \
	JB   four             \
	MOVL (SI), R10        \
	MOVL -4(SI)(CX*1), R11 \
	MOVL R10, (DI)        \
	MOVL R11, -4(DI)(CX*1) \
	JMP  done             \
four:                         \
	TESTQ CX, CX          \
	JZ   done             \
	MOVB (SI), R10        \
	MOVB -1(SI)(CX*1), R11 \
	CMPQ CX, $2           \
	JBE  one              \
	MOVB 1(SI), R12       \
	MOVB R12, 1(DI)       \
one:                          \
	MOVB R10, (DI)        \
	MOVB R11, -1(DI)(CX*1) \
done:

// LOAD16 loads 16 bytes as two words. COPYIN's source is what the caller has
// just stored, field by field: a load of 16 bytes over two stores of 8 would
// wait until both, and every store to a slot before them, have left the store
// buffer, while a word is forwarded from it.
#define LOAD16(from, base, x) \
	MOVQ from(base), x    \
	MOVHPS from+8(base), x

// COPYIN moves CX bytes from the caller at SI into a slot's payload at DI and
// touches nothing else. A slot's payload begins 8 bytes past a 16-byte boundary:
// from 65 bytes on, 8 bytes go first and the loop stores aligned, because a store
// across a line costs double.
//
//	SI source   DI destination   CX bytes    clobbers X0-X3, R10-R12
#define COPYIN(big, loop, tail, two, small, eight, four, one, done) \
	CMPQ CX, $16          \
	JB   small            \
	CMPQ CX, $64          \
	JA   big              \
	LEAQ -32(SI)(CX*1), R10 \
	LOAD16(0, SI, X0)     \
	LOAD16(16, R10, X1)   \
	CMPQ CX, $32          \
	JA   two              \
	MOVUPS X0, (DI)       \
	MOVUPS X1, -16(DI)(CX*1) \
	JMP  done             \
two:                          \
	LOAD16(16, SI, X2)    \
	LOAD16(0, R10, X3)    \
	MOVUPS X0, (DI)       \
	MOVUPS X2, 16(DI)     \
	MOVUPS X3, -32(DI)(CX*1) \
	MOVUPS X1, -16(DI)(CX*1) \
	JMP  done             \
big:                          \
	MOVQ (SI), R10        \
	MOVQ R10, (DI)        \
	LEAQ -64(CX), R12     \
	MOVQ $8, R11          \
	CMPQ R11, R12         \
	JA   tail             \
loop:                         \
	LEAQ (SI)(R11*1), R10 \
	LOAD16(0, R10, X0)    \
	LOAD16(16, R10, X1)   \
	LOAD16(32, R10, X2)   \
	LOAD16(48, R10, X3)   \
	MOVAPS X0, (DI)(R11*1) \
	MOVAPS X1, 16(DI)(R11*1) \
	MOVAPS X2, 32(DI)(R11*1) \
	MOVAPS X3, 48(DI)(R11*1) \
	ADDQ $64, R11         \
	CMPQ R11, R12         \
	JBE  loop             \
tail:                         \
	LEAQ -64(SI)(CX*1), R10 \
	LOAD16(0, R10, X0)    \
	LOAD16(16, R10, X1)   \
	LOAD16(32, R10, X2)   \
	LOAD16(48, R10, X3)   \
	MOVUPS X0, -64(DI)(CX*1) \
	MOVUPS X1, -48(DI)(CX*1) \
	MOVUPS X2, -32(DI)(CX*1) \
	MOVUPS X3, -16(DI)(CX*1) \
	JMP  done             \
	TAIL(small, eight, four, one, done)

// COPYOUT moves CX bytes from a slot's payload at SI to the caller at DI and
// touches nothing else; aligned on the slot's side as in COPYIN.
//
//	SI source   DI destination   CX bytes    clobbers X0-X3, R10-R12
#define COPYOUT(big, loop, tail, two, small, eight, four, one, done) \
	CMPQ CX, $16          \
	JB   small            \
	CMPQ CX, $64          \
	JA   big              \
	MOVUPS (SI), X0       \
	MOVUPS -16(SI)(CX*1), X1 \
	CMPQ CX, $32          \
	JA   two              \
	MOVUPS X0, (DI)       \
	MOVUPS X1, -16(DI)(CX*1) \
	JMP  done             \
two:                          \
	MOVUPS 16(SI), X2     \
	MOVUPS -32(SI)(CX*1), X3 \
	MOVUPS X0, (DI)       \
	MOVUPS X2, 16(DI)     \
	MOVUPS X3, -32(DI)(CX*1) \
	MOVUPS X1, -16(DI)(CX*1) \
	JMP  done             \
big:                          \
	MOVQ (SI), R10        \
	MOVQ R10, (DI)        \
	LEAQ -64(CX), R12     \
	MOVQ $8, R11          \
	CMPQ R11, R12         \
	JA   tail             \
loop:                         \
	MOVAPS (SI)(R11*1), X0 \
	MOVAPS 16(SI)(R11*1), X1 \
	MOVAPS 32(SI)(R11*1), X2 \
	MOVAPS 48(SI)(R11*1), X3 \
	MOVUPS X0, (DI)(R11*1) \
	MOVUPS X1, 16(DI)(R11*1) \
	MOVUPS X2, 32(DI)(R11*1) \
	MOVUPS X3, 48(DI)(R11*1) \
	ADDQ $64, R11         \
	CMPQ R11, R12         \
	JBE  loop             \
tail:                         \
	MOVUPS -64(SI)(CX*1), X0 \
	MOVUPS -48(SI)(CX*1), X1 \
	MOVUPS -32(SI)(CX*1), X2 \
	MOVUPS -16(SI)(CX*1), X3 \
	MOVUPS X0, -64(DI)(CX*1) \
	MOVUPS X1, -48(DI)(CX*1) \
	MOVUPS X2, -32(DI)(CX*1) \
	MOVUPS X3, -16(DI)(CX*1) \
	JMP  done             \
	TAIL(small, eight, four, one, done)

// func Publish(slot unsafe.Pointer, mark, version, meta uint64, src unsafe.Pointer, n uintptr, head *uint64, next uint64)
//
// Generic twin: publishGeneric.
TEXT ·Publish(SB), NOSPLIT, $0-64
	MOVQ slot+0(FP), R13
	MOVQ mark+8(FP), AX
	MOVQ version+16(FP), BX
	MOVQ meta+24(FP), DX
	MOVQ src+32(FP), SI
	MOVQ n+40(FP), CX
	MOVQ head+48(FP), R8
	MOVQ next+56(FP), R9
	MOVQ AX, (R13)           // order: mark
	MOVQ BX, 8(R13)
	MOVQ DX, 16(R13)
	LEAQ 24(R13), DI
	COPYIN(big, loop, tail, two, small, eight, four, one, done)
	XORQ commitFlip, AX
	MOVQ AX, (R13)           // order: commit
	TESTQ R8, R8
	JZ   nohead
	MOVQ R9, (R8)            // order: head
nohead:
	RET

// func Mark(slot unsafe.Pointer, word uint64)
//
// Generic twin: markGeneric.
TEXT ·Mark(SB), NOSPLIT, $0-16
	MOVQ slot+0(FP), DI
	MOVQ word+8(FP), AX
	MOVQ AX, (DI)            // order: mark
	RET

// func Commit(slot unsafe.Pointer, word uint64, head *uint64, next uint64)
//
// Generic twin: commitGeneric.
TEXT ·Commit(SB), NOSPLIT, $0-32
	MOVQ slot+0(FP), DI
	MOVQ word+8(FP), AX
	MOVQ head+16(FP), R8
	MOVQ next+24(FP), R9
	MOVQ AX, (DI)            // order: commit
	MOVQ R9, (R8)            // order: head
	RET

// func Fill(slot unsafe.Pointer, version, meta uint64, src unsafe.Pointer, n uintptr)
//
// Generic twin: fillGeneric.
TEXT ·Fill(SB), NOSPLIT, $0-40
	MOVQ slot+0(FP), DI
	MOVQ version+8(FP), BX
	MOVQ meta+16(FP), DX
	MOVQ src+24(FP), SI
	MOVQ n+32(FP), CX
	MOVQ BX, 8(DI)
	MOVQ DX, 16(DI)
	ADDQ $24, DI
	COPYIN(big, loop, tail, two, small, eight, four, one, done)
	RET

// func Read(slot unsafe.Pointer, want uint64, dst unsafe.Pointer, limit uintptr) (word, version, meta uint64, ok bool)
//
// Generic twin: readGeneric.
TEXT ·Read(SB), NOSPLIT, $0-57
	MOVQ slot+0(FP), R13
	MOVQ want+8(FP), BX
	MOVQ dst+16(FP), DI
	MOVQ limit+24(FP), R9
	MOVQ (R13), AX           // order: commit
	MOVQ AX, R10
	ANDQ $~0xffff, R10
	CMPQ R10, BX
	JNE  other
	MOVQ 8(R13), R8
	MOVQ 16(R13), DX
	MOVQ R8, version+40(FP)
	MOVQ DX, meta+48(FP)
	MOVL DX, CX              // the length, clamped before use
	CMPQ CX, R9
	CMOVQHI R9, CX
	LEAQ 24(R13), SI
	COPYOUT(big, loop, tail, two, small, eight, four, one, done)
	MOVQ (R13), BX           // order: mark
	MOVQ BX, word+32(FP)
	CMPQ BX, AX
	SETEQ ok+56(FP)
	RET
other:
	MOVQ AX, word+32(FP)
	MOVB $0, ok+56(FP)
	RET

// func Pause(n uint32)
TEXT ·Pause(SB), NOSPLIT, $0-4
	MOVL n+0(FP), CX
loop:
	PAUSE
	SUBL $1, CX
	JG   loop
	RET
