// Package shm keeps segments: it creates, attaches, locks, lists, observes and
// removes them. It knows the identity header and nothing of frames; package
// ring runs the protocol on the bytes that a [Segment] maps. Users of rings
// come here only to name a segment; inspectors come for [List], [Observe] and
// [Remove].
//
// # How a segment comes to be
//
//  1. A draft is opened in the directory: a file without a name.
//  2. The creator takes the member lock on it.
//  3. The mode is set, whatever the umask; owner and mode are checked.
//  4. Every byte is reserved now, so that a full file system is an error here
//     and not a fault at the first store.
//  5. The whole identity header is written.
//  6. The draft is mapped.
//  7. The draft gets its name in one step that fails if the name is taken.
//     Then it is dropped, and the creator attaches like everybody else.
//
// So nobody ever sees half a segment, and a creator that dies before step 7
// leaves nothing, because the kernel frees a file that has neither name nor
// descriptor. Where files without a name are missing (darwin, freebsd, some
// file systems, no /proc) the draft has a private name, which no attacher looks
// at and the next creator sweeps away when its owner is dead.
//
// # How a process attaches
//
//  1. The object under the name is checked before it is opened: a regular file,
//     the owner that the name states, exactly the mode that was asked for. It is
//     opened without following links and checked again.
//  2. The member lock is taken, shared. Only a remover refuses it: start over.
//  3. The name must still lead to the object that was locked, else start over.
//  4. Size and header are read into private memory and checked by
//     [layout.Decode], then compared with what the caller asked for.
//  5. It is mapped, all of it.
//
// Nothing about an existing object is ever changed, and every refusal says
// which rule, which values and what to do.
//
// # Who lives
//
// Byte n of the file's lock range is node n, held exclusively by the process
// that writes as n; the byte behind the last node is membership, held shared by
// every process that attached to read and write. The kernel drops the locks of
// a process that dies, at once and however it dies, so a lock is the one
// witness of life: never a process id, never a timeout, and it works across
// PID namespaces. Observers hold no lock at all.
//
// On Linux the locks belong to the segment's own open file description, so two
// Segments of one process exclude each other like two processes. That is why
// the description that locks is never handed to a child, which would keep it
// alive beyond its owner: [Segment.File] hands over another one. On darwin and
// freebsd the locks belong to the process and are dropped when it closes any
// descriptor of the file; this package keeps account of its own, but a process
// that attached must not open and close a segment's file by other means.
//
// # How a segment goes
//
// [Remove] takes every byte of the lock range exclusively, without waiting: one
// live member refuses it. Then it checks that the name still leads to what it
// locked, and unlinks. An attacher that meets a remover starts over.
//
// # Who may use a segment
//
// The name ends in the uid of the owner, and only an object that this uid owns
// is accepted under it: what somebody else put there is refused. [Name] makes
// the caller's own names, [NameOf] another user's; mode 0640 lets a group
// observe, 0660 lets it attach. Owner, mode and, where one is asked for, group
// are set before the name appears and required of what exists. Root gets past the kernel's checks but
// not past these: it may use a user's segment by naming that user, and creates
// only its own. Group members with write access are trusted to the extent that
// they can disturb each other's traffic and truncate the file under a mapping,
// which the kernel answers with SIGBUS in the process that touches it.
// Attaching touches no mapped byte; who inspects reads under [Segment.Guarded];
// publishing and reading frames is not guarded, and the fault ends the process
// that does it and no other.
package shm
