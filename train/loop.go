package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/vnlang/vn/runtime"
)

// loop validates, saves and steps until all is done. A run that is resumed enters it where the other left it.
func (r *run) loop(ctx context.Context) error {
	batches := newFeed(ctx, r.training, r.sampler.prefetch(ctx, r.step, r.Recipe.Iterations), r.Recipe.Iterations-r.step)
	r.report.begin(r.step, r.Recipe.Iterations)
	for {
		improved, err := r.validateIfDue(ctx)
		if err != nil && !cancelled(ctx, err) {
			return r.failed(err)
		}
		done, stopped := r.step >= r.Recipe.Iterations, ctx.Err() != nil
		if improved || (r.step != r.saved && r.step > 0 && (done || stopped || r.step%r.Recipe.CheckpointEvery == 0)) {
			if err := r.save(); err != nil {
				return r.failed(err)
			}
		}
		if stopped {
			return fmt.Errorf("%w after step %d of %d: go on with --resume", ErrInterrupted, r.step, r.Recipe.Iterations)
		}
		if done {
			return nil
		}
		if err := r.next(ctx, batches); err != nil && !cancelled(ctx, err) {
			return r.failed(err)
		}
	}
}

// cancelled reports whether err says no more than that ctx is cancelled.
func cancelled(ctx context.Context, err error) bool {
	return ctx.Err() != nil && errors.Is(err, ctx.Err())
}

// next does one step. When ctx is cancelled before the step began, it does nothing.
func (r *run) next(ctx context.Context, batches *feed) error {
	start := time.Now()
	loss, scale := []float32{0}, []float32{0}
	step := runtime.Step{Seed: r.Recipe.Seed, Step: uint64(r.step), Outputs: map[string][]float32{lossOutput: loss}}
	if r.scaled {
		step.Outputs[scaleOutput] = scale
	}
	if err := batches.run(ctx, step); err != nil {
		return fmt.Errorf("step %d: %w", r.step+1, err)
	}
	r.step++
	r.loss = float64(loss[0])
	if math.IsNaN(r.loss) || math.IsInf(r.loss, 0) {
		return fmt.Errorf("step %d: the loss is %v: %w; lower the learning rate, or check the images and the loss", r.step, r.loss, ErrDiverged)
	}
	if err := r.log.write(Record{Step: r.step, Loss: &r.loss, LossScale: float64(scale[0]), Seconds: time.Since(start).Seconds()}); err != nil {
		return err
	}
	if scale[0] == 1 && !r.warned {
		r.warned = true
		r.report.note("step %d: the loss scale has fallen to 1, because gradients overflow: steps may change nothing from here on; lower the learning rate, or train with --precision bf16", r.step)
	}
	r.report.step(r.step, r.loss)
	return nil
}

// save writes a checkpoint of the state. The log reaches the disk first, so that it is never behind.
func (r *run) save() error {
	if err := r.log.sync(); err != nil {
		return err
	}
	if err := r.checkpoints.save(r.state); err != nil {
		return err
	}
	r.saved = r.step
	return nil
}

// failed adds the last good checkpoint to an error.
func (r *run) failed(err error) error {
	if r.saved <= 0 {
		return fmt.Errorf("%w; there is no checkpoint yet", err)
	}
	return fmt.Errorf("%w; the last good checkpoint is %s: go on from it with --resume", err, r.checkpoints.path(r.saved))
}

func (r *run) result() *Result {
	result := &Result{Step: r.step, Loss: r.loss, Best: r.best}
	if r.saved > 0 {
		result.Checkpoint = r.checkpoints.path(r.saved)
	}
	if r.best.Step > 0 {
		result.BestCheckpoint = r.checkpoints.path(r.best.Step)
	}
	return result
}
