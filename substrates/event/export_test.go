package event

// Digest is the digest of a topic.
var Digest = digest
