package cache

import "fmt"

// Colliding returns n keys of one bucket that begin with prefix.
func Colliding(c *Cache, prefix string, n int) (keys []string) {
	for i := 0; len(keys) < n; i++ {
		key := fmt.Sprint(prefix, i)
		if len(keys) == 0 || c.bucket(c.hash(key)) == c.bucket(c.hash(keys[0])) {
			keys = append(keys, key)
		}
	}
	return keys
}

// Words are the words of the index, of prefixes and of keys.
func Words(c *Cache) (lengths *uint64, resets, buckets []uint64) {
	return c.lengths, c.resets, c.buckets
}
