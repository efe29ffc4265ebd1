//go:build !purego && !race

#include "textflag.h"

// commitFlip: Writing (2) to Committed (1) in bits 16 and 17 of the word.
#define commitFlip $0x30000

#define ISHST $10
#define ISHLD $9

// COPY moves R2 bytes from R1 to R0 and touches nothing else.
//
//	R0 destination   R1 source   R2 bytes    clobbers R0-R2, R10-R13, R16-R17
#define COPY(wide, mid, eight, four, two, done) \
	CMP  $32, R2          \
	BLO  mid              \
wide:                         \
	LDP.P 16(R1), (R10, R11) \
	LDP.P 16(R1), (R12, R13) \
	STP.P (R10, R11), 16(R0) \
	STP.P (R12, R13), 16(R0) \
	SUB  $32, R2          \
	CMP  $32, R2          \
	BHS  wide             \
mid:                          \
	TBZ  $4, R2, eight    \
	LDP.P 16(R1), (R10, R11) \
	STP.P (R10, R11), 16(R0) \
eight:                        \
	TBZ  $3, R2, four     \
	MOVD.P 8(R1), R10     \
	MOVD.P R10, 8(R0)     \
four:                         \
	TBZ  $2, R2, two      \
	MOVWU.P 4(R1), R10    \
	MOVW.P R10, 4(R0)     \
two:                          \
	TBZ  $1, R2, 3(PC)    \
	MOVHU.P 2(R1), R10    \
	MOVH.P R10, 2(R0)     \
	TBZ  $0, R2, done     \
	MOVBU (R1), R10       \
	MOVB R10, (R0)        \
done:

// func Publish(slot unsafe.Pointer, mark, version, meta uint64, src unsafe.Pointer, n uintptr, head *uint64, next uint64)
//
// Generic twin: publishGeneric.
TEXT ·Publish(SB), NOSPLIT, $0-64
	MOVD slot+0(FP), R3
	MOVD mark+8(FP), R4
	MOVD version+16(FP), R5
	MOVD meta+24(FP), R6
	MOVD src+32(FP), R1
	MOVD n+40(FP), R2
	MOVD head+48(FP), R7
	MOVD next+56(FP), R8
	MOVD R4, (R3)            // order: mark
	DMB  ISHST
	ADD  $8, R3, R0
	STP.P (R5, R6), 16(R0)
	COPY(wide, mid, eight, four, two, done)
	EOR  commitFlip, R4, R4
	STLR R4, (R3)            // order: commit
	CBZ  R7, nohead
	STLR R8, (R7)            // order: head
nohead:
	RET

// func Mark(slot unsafe.Pointer, word uint64)
//
// Generic twin: markGeneric.
TEXT ·Mark(SB), NOSPLIT, $0-16
	MOVD slot+0(FP), R3
	MOVD word+8(FP), R4
	MOVD R4, (R3)            // order: mark
	DMB  ISHST
	RET

// func Commit(slot unsafe.Pointer, word uint64, head *uint64, next uint64)
//
// Generic twin: commitGeneric.
TEXT ·Commit(SB), NOSPLIT, $0-32
	MOVD slot+0(FP), R3
	MOVD word+8(FP), R4
	MOVD head+16(FP), R7
	MOVD next+24(FP), R8
	STLR R4, (R3)            // order: commit
	STLR R8, (R7)            // order: head
	RET

// func Fill(slot unsafe.Pointer, version, meta uint64, src unsafe.Pointer, n uintptr)
//
// The claim's compare-and-swap does not keep these stores behind it; the
// barrier does (order: mark).
//
// Generic twin: fillGeneric.
TEXT ·Fill(SB), NOSPLIT, $0-40
	MOVD slot+0(FP), R3
	MOVD version+8(FP), R5
	MOVD meta+16(FP), R6
	MOVD src+24(FP), R1
	MOVD n+32(FP), R2
	DMB  ISHST
	ADD  $8, R3, R0
	STP.P (R5, R6), 16(R0)
	COPY(wide, mid, eight, four, two, done)
	RET

// func Read(slot unsafe.Pointer, want uint64, dst unsafe.Pointer, limit uintptr) (word, version, meta uint64, ok bool)
//
// Generic twin: readGeneric.
TEXT ·Read(SB), NOSPLIT, $0-57
	MOVD slot+0(FP), R3
	MOVD want+8(FP), R4
	MOVD dst+16(FP), R0
	MOVD limit+24(FP), R8
	LDAR (R3), R5            // order: commit
	AND  $~0xffff, R5, R6
	CMP  R4, R6
	BNE  other
	ADD  $8, R3, R1
	LDP.P 16(R1), (R6, R7)
	MOVD R6, version+40(FP)
	MOVD R7, meta+48(FP)
	MOVWU R7, R2             // the length, clamped before use
	CMP  R8, R2
	CSEL HI, R8, R2, R2
	COPY(wide, mid, eight, four, two, done)
	DMB  ISHLD
	MOVD (R3), R6            // order: mark
	MOVD R6, word+32(FP)
	CMP  R5, R6
	CSET EQ, R7
	MOVB R7, ok+56(FP)
	RET
other:
	MOVD R5, word+32(FP)
	MOVB ZR, ok+56(FP)
	RET

// func Pause(n uint32)
TEXT ·Pause(SB), NOSPLIT, $0-4
	MOVWU n+0(FP), R0
loop:
	YIELD
	SUBS $1, R0, R0
	BGT  loop
	RET
