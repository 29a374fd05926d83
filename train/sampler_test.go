package train

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/internal/rng"
)

func TestDraw(t *testing.T) {
	for _, c := range []struct{ cases, batch int }{{5, 2}, {4, 4}, {1, 3}, {3, 7}} {
		s := sampler{set: &dataset{cases: numbered(c.cases)}, batch: c.batch, seed: 3}
		var all []int
		for step := range 10 * c.cases {
			all = append(all, s.draw(step)...)
		}
		// Every epoch holds every case once, wherever the batches end.
		orders := map[int]int{}
		for epoch := range 10 * c.batch {
			order := all[epoch*c.cases : (epoch+1)*c.cases]
			key := 0
			for _, i := range order {
				key = key*c.cases + i
			}
			orders[key]++
			if sorted := slices.Sorted(slices.Values(order)); sorted[0] != 0 || sorted[c.cases-1] != c.cases-1 || len(slices.Compact(sorted)) != c.cases {
				t.Errorf("%d cases, batch %d: epoch %d is %v", c.cases, c.batch, epoch, order)
			}
		}
		if c.cases > 2 && len(orders) < 4 {
			t.Errorf("%d cases, batch %d: only %d orders in %d epochs", c.cases, c.batch, len(orders), 10*c.batch)
		}
	}
}

// batches returns copies of the batches of the steps from..to-1.
func batches(t *testing.T, s *sampler, from, to int) (all []batch) {
	t.Helper()
	p := s.prefetch(t.Context(), from, to)
	for range to - from {
		b, err := p.next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, batch{image: slices.Clone(b.image), label: slices.Clone(b.label)})
		p.release(b)
	}
	return all
}

// TestBatches: a batch depends on seed and step alone, not on the cache, the processors, or where the run started.
func TestBatches(t *testing.T) {
	c := fakeConfig(t, t.TempDir())
	augment, err := newAugmentations(c.Data.Augment)
	if err != nil {
		t.Fatal(err)
	}
	one := &sampler{newDataset(c.Data, c.Cases, 1<<20), 2, 7, augment}
	if err := one.set.prepareAll(context.Background(), newReporter(nil, false, time.Now)); err != nil {
		t.Fatal(err)
	}
	want := batches(t, one, 0, 12)

	small := newDataset(c.Data, c.Cases, 2000) // room for one sample of 1536 bytes
	if err := small.prepareAll(context.Background(), newReporter(nil, false, time.Now)); err != nil {
		t.Fatal(err)
	}
	if len(small.kept) != 1 || small.used != 1536 {
		t.Errorf("%d samples of %d bytes are kept, want one", len(small.kept), small.used)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	got := batches(t, &sampler{small, 2, 7, augment}, 5, 12)
	compare := cmp.AllowUnexported(batch{})
	if diff := cmp.Diff(want[5:], got, compare); diff != "" {
		t.Errorf("batches 5 to 11 of a run that starts there (-want +got):\n%.1000s", diff)
	}
	other := batches(t, &sampler{one.set, 2, 8, augment}, 0, 12)
	if cmp.Equal(want, other, compare) {
		t.Error("another seed gave the same batches")
	}
	for i := range want {
		for j := range i {
			if cmp.Equal(want[i], want[j], compare) {
				t.Errorf("batches %d and %d are the same", i, j)
			}
		}
	}
}

func TestPrefetchEndsWithItsContext(t *testing.T) {
	c := fakeConfig(t, t.TempDir())
	ctx, cancel := context.WithCancel(context.Background())
	s := &sampler{newDataset(c.Data, c.Cases, 1<<20), 2, 7, nil}
	p := s.prefetch(ctx, 0, 1)
	if _, err := p.next(ctx); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := p.next(ctx); err != context.Canceled {
		t.Errorf("error %v", err)
	}
}

// counting returns a sample whose image counts its voxels, with the label 1 where the count is odd.
func counting(size [3]int) sample {
	s := sample{make([]float32, size[0]*size[1]*size[2]), make([]float32, size[0]*size[1]*size[2])}
	for i := range s.image {
		s.image[i], s.label[i] = float32(i), float32(i%2)
	}
	return s
}

func TestFlip(t *testing.T) {
	size := [3]int{2, 3, 2}
	augment, err := newAugmentations([]Transform{{"flip", map[string]any{"axes": []any{"y"}}}})
	if err != nil {
		t.Fatal(err)
	}
	turned := []float32{4, 5, 2, 3, 0, 1, 10, 11, 8, 9, 6, 7}
	count := 0
	for i := range uint64(200) {
		s := counting(size)
		augment[0](rng.New(i), s, size)
		switch {
		case cmp.Equal(s.image, turned):
			count++
		case !cmp.Equal(s.image, counting(size).image):
			t.Fatalf("the image became %v", s.image)
		}
		for j := range s.image {
			if s.label[j] != float32(int(s.image[j])%2) {
				t.Fatalf("the label did not follow the image: %v, %v", s.image, s.label)
			}
		}
	}
	if count < 70 || count > 130 {
		t.Errorf("%d of 200 samples were turned over", count)
	}
}

func TestShift(t *testing.T) {
	size := [3]int{4, 1, 3}
	augment, err := newAugmentations([]Transform{{"shift", map[string]any{"voxels": []any{2.0, 5.0, 0.0}}}})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[float32][]float32{}
	for i := range uint64(100) {
		s := counting(size)
		augment[0](rng.New(i), s, size)
		seen[s.image[0]*10+s.image[3]] = s.image[:4]
	}
	// By -2..2 voxels along x; what comes in repeats the border; z stays.
	want := map[float32][]float32{1: {0, 0, 0, 1}, 2: {0, 0, 1, 2}, 3: {0, 1, 2, 3}, 13: {1, 2, 3, 3}, 23: {2, 3, 3, 3}}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("first rows (-want +got):\n%s", diff)
	}
}

func TestIntensity(t *testing.T) {
	augment, err := newAugmentations([]Transform{{"intensity", map[string]any{"scale": 0.5, "shift": 2}}})
	if err != nil {
		t.Fatal(err)
	}
	lowest, highest := float32(9), float32(-9)
	for i := range uint64(500) {
		s := counting([3]int{3, 1, 1})
		augment[0](rng.New(i), s, [3]int{3, 1, 1})
		add, factor := s.image[0], s.image[1]-s.image[0]
		if add < -2 || add > 2 || factor < 0.4999 || factor > 1.5001 {
			t.Errorf("factor %v, shift %v", factor, add)
		}
		lowest, highest = min(lowest, factor), max(highest, factor)
		if !cmp.Equal(s.label, []float32{0, 1, 0}) {
			t.Errorf("the label became %v", s.label)
		}
	}
	if lowest > 0.55 || highest < 1.45 {
		t.Errorf("factors from %v to %v, want 0.5 to 1.5", lowest, highest)
	}
}
