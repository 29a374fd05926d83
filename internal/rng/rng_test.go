package rng

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBlock uses the known answers that Random123, the authors' library, publishes for philox4x32 with 10 rounds
// (tests/kat_vectors).
func TestBlock(t *testing.T) {
	for _, test := range []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{
			[4]uint32{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, [2]uint32{0xffffffff, 0xffffffff},
			[4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
		},
		{
			[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
		},
	} {
		if got := Block(test.counter, test.key); got != test.want {
			t.Errorf("Block(%x, %x) = %x, want %x", test.counter, test.key, got, test.want)
		}
	}
}

// TestStreamLayout holds the numbers that seeds stand for: a change of them changes every experiment.
func TestStreamLayout(t *testing.T) {
	s := New(0x299f31d0a4093822)
	var want []uint64
	for block := range uint32(3) {
		low, high := join(Block([4]uint32{block}, [2]uint32{0xa4093822, 0x299f31d0}))
		want = append(want, low, high)
	}
	var got []uint64
	for range want {
		got = append(got, s.Uint64())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := New(0).Uint64(); got != 0xe169c58d6627e8d5 {
		t.Errorf("the first number of seed 0 is %#x", got)
	}
}

func TestStreamsDiffer(t *testing.T) {
	seen := map[uint64]string{}
	names := [][]uint64{{}, {0}, {1}, {0, 0}, {0, 1}, {1, 0}, {0, 0, 0}, {1 << 32}, {1 << 63}}
	for seed := range uint64(20) {
		for _, name := range names {
			first := New(seed, name...).Uint64()
			label := fmt.Sprint(seed, name)
			if other, ok := seen[first]; ok {
				t.Errorf("streams %s and %s begin alike", label, other)
			}
			seen[first] = label
			if again := New(seed, name...).Uint64(); again != first {
				t.Errorf("stream %s begins with %x and with %x", label, first, again)
			}
		}
	}
}

// TestDistributions compares moments over 200,000 draws, each within five standard errors.
func TestDistributions(t *testing.T) {
	const n = 200000
	for _, test := range []struct {
		name           string
		draw           func(*Stream) float64
		mean, variance float64
		fourth         float64 // central moment
	}{
		{"Float64", (*Stream).Float64, 0.5, 1.0 / 12, 1.0 / 80},
		{"Uniform", func(s *Stream) float64 { return s.Uniform(-3, 5) }, 1, 64.0 / 12, 4096.0 / 80},
		{"Normal", (*Stream).Normal, 0, 1, 3},
		{"Intn", func(s *Stream) float64 { return float64(s.Intn(7)) }, 3, 4, 28},
	} {
		s := New(11, 22)
		var sum, squares float64
		for range n {
			d := test.draw(s) - test.mean
			sum += d
			squares += d * d
		}
		mean, variance := sum/n, squares/n
		if limit := 5 * math.Sqrt(test.variance/n); math.Abs(mean) > limit {
			t.Errorf("%s: the mean is off by %v, more than %v", test.name, mean, limit)
		}
		if limit := 5 * math.Sqrt((test.fourth-test.variance*test.variance)/n); math.Abs(variance-test.variance) > limit {
			t.Errorf("%s: the variance is %v, want %v within %v", test.name, variance, test.variance, limit)
		}
	}
}

func TestFloat64Range(t *testing.T) {
	s := New(1)
	for range 100000 {
		if f := s.Float64(); f < 0 || f >= 1 {
			t.Fatal(f)
		}
	}
}

func TestIntn(t *testing.T) {
	s := New(3)
	counts := make([]int, 5)
	for range 50000 {
		counts[s.Intn(5)]++
	}
	for value, count := range counts {
		if count < 9500 || count > 10500 {
			t.Errorf("%d came %d times of 50000", value, count)
		}
	}
	if got := s.Intn(1); got != 0 {
		t.Errorf("Intn(1) = %d", got)
	}
}

func TestPerm(t *testing.T) {
	s := New(4)
	counts := map[string]int{}
	for range 24000 {
		counts[fmt.Sprint(s.Perm(4))]++
	}
	if len(counts) != 24 {
		t.Errorf("%d orders of 4 came up, want 24", len(counts))
	}
	for order, count := range counts {
		if count < 840 || count > 1160 {
			t.Errorf("the order %s came %d times of 24000", order, count)
		}
	}
	if diff := cmp.Diff([]int{}, s.Perm(0)); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkNormal(b *testing.B) {
	s := New(1)
	for b.Loop() {
		s.Normal()
	}
}
