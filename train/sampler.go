package train

import (
	"context"
	"sync"

	"github.com/vnlang/vn/internal/rng"
)

// sampler says which cases make up a batch, and prepares batches. Both are functions of seed, step and place in the
// batch alone.
type sampler struct {
	set     *dataset
	batch   int
	seed    uint64
	augment []augmentation
}

// batch is what a training step is given.
type batch struct {
	image []float32 // [batch, channel, z, y, x]; one channel
	label []float32 // [batch, z, y, x]
	err   error
}

// inputs are those of the training plan.
func (b *batch) inputs() map[string][]float32 {
	return map[string][]float32{imageInput: b.image, labelInput: b.label}
}

// draw returns the cases of the batch of a step. Samples are counted through the run; every epoch goes through all
// cases in an order of its own, and a batch may reach from one epoch into the next.
func (s *sampler) draw(step int) []int {
	n := len(s.set.cases)
	chosen := make([]int, s.batch)
	epoch, order := -1, []int(nil)
	for i := range chosen {
		k := step*s.batch + i
		if k/n != epoch {
			epoch = k / n
			order = rng.New(s.seed, streamOrder, uint64(epoch)).Perm(n)
		}
		chosen[i] = order[k%n]
	}
	return chosen
}

// fill prepares the batch of a step in b, its samples side by side.
func (s *sampler) fill(b *batch, step int) {
	cases := s.draw(step)
	failures := make([]error, len(cases))
	var wg sync.WaitGroup
	for i, c := range cases {
		wg.Go(func() { failures[i] = s.fillSample(b, step, i, c) })
	}
	wg.Wait()
	b.err = nil
	for _, err := range failures {
		if err != nil {
			b.err = err
			return
		}
	}
}

func (s *sampler) fillSample(b *batch, step, i, c int) error {
	prepared, err := s.set.sample(c)
	if err != nil {
		return err
	}
	n := s.set.data.voxels()
	own := sample{b.image[i*n : (i+1)*n], b.label[i*n : (i+1)*n]}
	copy(own.image, prepared.image)
	copy(own.label, prepared.label)
	for j, change := range s.augment {
		change(rng.New(s.seed, streamAugment, uint64(step), uint64(i), uint64(j)), own, s.set.data.Size)
	}
	return nil
}

// prefetcher prepares the batches of the steps from..to-1 in order, the next one while the current one is used.
type prefetcher struct {
	ready chan *batch
	free  chan *batch
}

// prefetch starts a prefetcher, which ends with ctx.
func (s *sampler) prefetch(ctx context.Context, from, to int) *prefetcher {
	const buffers = 2
	p := &prefetcher{ready: make(chan *batch, buffers), free: make(chan *batch, buffers)}
	n := s.batch * s.set.data.voxels()
	for range buffers {
		p.free <- &batch{image: make([]float32, n), label: make([]float32, n)}
	}
	go func() {
		for step := from; step < to; step++ {
			select {
			case b := <-p.free:
				s.fill(b, step)
				p.ready <- b
			case <-ctx.Done():
				return
			}
		}
	}()
	return p
}

// next returns the next batch. It belongs to the caller until release, which is not for one that comes with an error.
func (p *prefetcher) next(ctx context.Context) (*batch, error) {
	select {
	case b := <-p.ready:
		return b, b.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// release gives a batch back to be filled again.
func (p *prefetcher) release(b *batch) { p.free <- b }
