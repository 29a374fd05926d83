// Package rng makes random numbers that depend on where they are used and not on what was drawn before: a
// counter-based generator. A stream is named by a seed and any number of coordinates, such as the step of a training
// run and the place of a sample in its batch, or the case of a data set and the slice of its volume. Streams of
// different names are independent, so work may be shared among any number of goroutines, and a run may be resumed in
// the middle, and the numbers are the same.
//
// The generator is Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3"
// (SC 2011), which passes TestU01's BigCrush. The seed is its key. The upper half of its 128-bit counter is the
// stream's coordinates, mixed by Philox itself under another key; the lower half counts the stream's blocks of four
// 32-bit words. A stream repeats after 2^65 numbers of 64 bits.
package rng

import (
	"math"
	"math/bits"
)

// Block returns the four words of Philox4x32-10 for a counter and a key, lowest word first as in the paper: a pure
// function, for callers that number their draws themselves.
func Block(counter [4]uint32, key [2]uint32) [4]uint32 {
	for round := range uint32(10) {
		high0, low0 := bits.Mul32(0xD2511F53, counter[0])
		high1, low1 := bits.Mul32(0xCD9E8D57, counter[2])
		k0, k1 := key[0]+round*0x9E3779B9, key[1]+round*0xBB67AE85
		counter = [4]uint32{high1 ^ counter[1] ^ k0, low1, high0 ^ counter[3] ^ k1, low0}
	}
	return counter
}

// A Stream is a sequence of random numbers. It is not safe for concurrent use: give each goroutine its own.
type Stream struct {
	key    [2]uint32
	name   uint64 // the coordinates, mixed
	block  uint64 // the next block
	next   uint64 // the second half of the last block
	filled bool   // whether next is waiting
	normal float64
	paired bool // whether normal is waiting
}

// New returns the stream of a seed and coordinates, at its beginning. The order and the number of the coordinates
// matter: New(1), New(1, 0) and New(1, 0, 0) are different streams.
func New(seed uint64, stream ...uint64) *Stream {
	key := split(seed)
	mixing := split(seed ^ 0xA5A5A5A5A5A5A5A5) // not the key that draws, or names would show up among the numbers
	var name uint64
	for _, coordinate := range stream {
		c, n := split(coordinate), split(name)
		name, _ = join(Block([4]uint32{c[0], c[1], n[0], n[1]}, mixing))
	}
	return &Stream{key: key, name: name}
}

func split(u uint64) [2]uint32 { return [2]uint32{uint32(u), uint32(u >> 32)} }

func join(words [4]uint32) (low, high uint64) {
	return uint64(words[1])<<32 | uint64(words[0]), uint64(words[3])<<32 | uint64(words[2])
}

// Uint64 returns 64 random bits.
func (s *Stream) Uint64() uint64 {
	if s.filled {
		s.filled = false
		return s.next
	}
	b, n := split(s.block), split(s.name)
	s.block++
	low, high := join(Block([4]uint32{b[0], b[1], n[0], n[1]}, s.key))
	s.next, s.filled = high, true
	return low
}

// Float64 returns a number uniform on [0, 1), a multiple of 2^-53.
func (s *Stream) Float64() float64 { return float64(s.Uint64()>>11) / (1 << 53) }

// Uniform returns a number uniform on [low, high).
func (s *Stream) Uniform(low, high float64) float64 { return low + (high-low)*s.Float64() }

// Normal returns a number from the normal distribution of mean 0 and deviation 1, by Box and Muller's transform.
func (s *Stream) Normal() float64 {
	if s.paired {
		s.paired = false
		return s.normal
	}
	radius := math.Sqrt(-2 * math.Log(1-s.Float64()))
	sin, cos := math.Sincos(2 * math.Pi * s.Float64())
	s.normal, s.paired = radius*sin, true
	return radius * cos
}

// Intn returns a number uniform on 0..n-1, without bias (Lemire, "Fast random integer generation in an interval",
// 2019). It panics if n < 1.
func (s *Stream) Intn(n int) int {
	if n < 1 {
		panic("rng: Intn needs a positive number")
	}
	bound := uint64(n)
	high, low := bits.Mul64(s.Uint64(), bound)
	if low < bound {
		for threshold := -bound % bound; low < threshold; {
			high, low = bits.Mul64(s.Uint64(), bound)
		}
	}
	return int(high)
}

// Perm returns a random order of 0..n-1, every order equally likely (Fisher and Yates).
func (s *Stream) Perm(n int) []int {
	order := make([]int, n)
	for i := range order {
		j := s.Intn(i + 1)
		order[i] = order[j]
		order[j] = i
	}
	return order
}
