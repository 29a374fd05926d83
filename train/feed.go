package train

import (
	"context"

	"github.com/vnlang/vn/runtime"
)

// feed runs the training session on batches, in order. Where the session can, each batch is brought to its device while
// the step before is computed.
type feed struct {
	session runtime.Session
	batches *prefetcher
	staged  chan error // one for each batch that is on the device, or an error; nil where the session stages none
}

// newFeed begins to stage the batches of so many steps. That ends with ctx, and when the session is closed.
func newFeed(ctx context.Context, s runtime.Session, batches *prefetcher, steps int) *feed {
	f := &feed{session: s, batches: batches}
	stager, ok := s.(runtime.Stager)
	if !ok {
		return f
	}
	f.staged = make(chan error)
	go func() {
		for range steps {
			b, err := batches.next(ctx)
			if err == nil {
				err = stager.Stage(b.inputs())
				batches.release(b)
			}
			select {
			case f.staged <- err:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return f
}

// run runs a step on the next batch. When ctx is cancelled before there is one, it does nothing.
func (f *feed) run(ctx context.Context, step runtime.Step) error {
	if f.staged == nil {
		b, err := f.batches.next(ctx)
		if err != nil {
			return err
		}
		defer f.batches.release(b)
		step.Inputs = b.inputs()
		return f.session.Run(step)
	}
	select {
	case err := <-f.staged:
		if err != nil {
			return err
		}
		return f.session.(runtime.Stager).RunStaged(step)
	case <-ctx.Done():
		return ctx.Err()
	}
}
