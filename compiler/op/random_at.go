package op

import (
	"math"

	"github.com/vnlang/vn/internal/rng"
)

// The generator is Philox4x32-10 (Salmon, Moraes, Dror, Shaw, Parallel Random Numbers: As Easy as 1, 2, 3, SC 2011). A
// block of four words is a pure function of a key and a counter:
//
//	key      RandomKey(seed, step, stream), 64 bits
//	counter  the block's number (two words, the low one first), the sample (two words)
//
// Block n serves the elements 4n to 4n+3 of a sample. A uniform number is the upper 24 bits of the element's own word
// times 2^-24, which float32 holds exactly. Normal numbers come in pairs by the method of Box and Muller (1958): the
// elements 2m and 2m+1, with the words a and b, are
//
//	sqrt(-2 log((a+1) 2^-32)) cos(2π b 2^-32)  and the same with sin.

// RandomKey mixes the seed, the step and the stream into the key of the generator.
func RandomKey(seed, step uint64, stream int) uint64 {
	return mix(mix(mix(seed)+step) + uint64(int64(stream)))
}

// RandomBlock returns the four words of one block of a sample.
func RandomBlock(key, sample, block uint64) [4]uint32 {
	return rng.Block([4]uint32{uint32(block), uint32(block >> 32), uint32(sample), uint32(sample >> 32)},
		[2]uint32{uint32(key), uint32(key >> 32)})
}

// RandomAt returns one element of a Random op: the number at the given place (index) of a sample. The distribution is
// Uniform or Normal.
func RandomAt(distribution string, seed, step uint64, stream int, sample, index uint64) float64 {
	key := RandomKey(seed, step, stream)
	if distribution == Normal {
		return NormalAt(key, sample, index)
	}
	return UniformAt(key, sample, index)
}

// UniformAt returns a number in [0, 1) of 24 bits.
func UniformAt(key, sample, index uint64) float64 { return Uniforms(key, sample, index/4)[index%4] }

// NormalAt returns a number of the standard normal distribution; none lies beyond 6.7.
func NormalAt(key, sample, index uint64) float64 { return Normals(key, sample, index/4)[index%4] }

// Uniforms returns the four uniform numbers of a block, which cost no more than one.
func Uniforms(key, sample, block uint64) [4]float64 {
	var numbers [4]float64
	for i, word := range RandomBlock(key, sample, block) {
		numbers[i] = float64(word>>8) * 0x1p-24
	}
	return numbers
}

// Normals returns the four normal numbers of a block, which cost hardly more than two.
func Normals(key, sample, block uint64) [4]float64 {
	var numbers [4]float64
	words := RandomBlock(key, sample, block)
	for i := 0; i < 4; i += 2 {
		radius := math.Sqrt(-2 * math.Log((float64(words[i])+1)*0x1p-32))
		sin, cos := math.Sincos(2 * math.Pi * (float64(words[i+1]) * 0x1p-32))
		numbers[i], numbers[i+1] = radius*cos, radius*sin
	}
	return numbers
}

// mix is the finalizer of SplitMix64 (Steele, Lea, Flood, Fast Splittable Pseudorandom Number Generators, OOPSLA 2014)
// after its increment: a bijection that spreads every bit over all.
func mix(x uint64) uint64 {
	x += 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}
