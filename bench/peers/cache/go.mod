module github.com/orbitring/orbit/bench/peers/cache

go 1.26.0

replace github.com/orbitring/orbit => ../../..

require (
	github.com/maypok86/otter/v2 v2.4.0
	github.com/orbitring/orbit v0.0.0-00010101000000-000000000000
)

require (
	github.com/klauspost/cpuid/v2 v2.4.2 // indirect
	github.com/zeebo/xxh3 v1.1.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)
