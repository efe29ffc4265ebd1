// Package cache is the cache of a fleet: what one member puts, all members get,
// at the cost of a look into memory.
//
//	c, err := cache.Open(f, cache.Options{Capacity: 16384, Size: 128})
//	…
//	users := c.Prefix("user:")
//	users.Put("17", []byte("Ada"), time.Minute)
//
//	buf := users.NewBuffer()
//	if value, ok, err := users.Get("17", buf); ok { … }
//
// # What it keeps
//
// Puts, deletes and resets are frames of one ring, kind 200, in one order. The
// newest frame that concerns a key decides: a put gives it a value until that
// expires, a delete takes it away, and so does a reset of one of its prefixes.
// The ring keeps the latest Options.Capacity frames, whatever keys they are of,
// so an entry that nobody puts again is forgotten when the ring has come around
// ([Stats] counts that). A miss says whether the key was deleted, has expired or
// was reset, and where in the order that was, or that nothing is known.
//
// Times to live are measured by the host's monotonic clock ([fleet.Now]): setting
// the clock changes none. It begins anew when the host restarts, and shared
// memory is then empty.
//
// # How it finds a key
//
// An index beside the ring, in the same segment, has a word for every bucket of
// keys: the position of the newest frame there. Each frame links to the newest
// frames of the other keys of its bucket. A Get loads one word, copies the frame
// it names and compares the whole key; the next link, if it is another key's, says
// where to go on. That costs the same whatever the capacity, however many members
// there are, and whether the key is there; members that only read store nothing.
//
// A put publishes its frame and then swaps it into its bucket's word, if that is
// still what its links were made from; else it makes a new frame. So the index
// names committed frames only, and a member that is killed at any instruction has
// put its entry or has not. There is nothing to repair.
//
// With more than five keys in one bucket the links of several frames are followed:
// of a full cache's buckets one in 70,000 has so many. Among those the oldest may
// be forgotten early, if the others are put again some hundred times meanwhile.
//
// Here lives this one idea. The package stands on fleet and knows no other
// substrate; programs enter, and so may anyone above.
package cache
