// Package hammer runs writers and readers of one ring in processes of their own,
// as fast as they go, kills, stops and restarts them, and holds what each of them
// saw against what the others say. It holds tests only.
package hammer
