package train

import (
	"context"
	"fmt"
	"time"

	"github.com/vnlang/vn/volume"
)

// validateIfDue validates where the step asks for it and this has not been done, and reports whether the mean Dice is
// the best so far. When ctx is cancelled, the validation stays due.
func (r *run) validateIfDue(ctx context.Context) (improved bool, err error) {
	due := r.step%max(r.Recipe.ValidateEvery, 1) == 0 || r.step >= r.Recipe.Iterations
	if r.predictor == nil || r.step == 0 || !due || r.validated == r.step {
		return false, nil
	}
	start := time.Now()
	record := Record{Step: r.step, Cases: map[string]float64{}}
	mean := 0.0
	for i, c := range r.validation.cases {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		dice, err := r.validateCase(i)
		if err != nil {
			return false, fmt.Errorf("validate after step %d: case %s: %w", r.step, c.Name, err)
		}
		record.Cases[c.Name] = dice
		mean += dice / float64(len(r.validation.cases))
	}
	record.Validation, record.Seconds = &mean, time.Since(start).Seconds()
	if err := r.log.write(record); err != nil {
		return false, err
	}
	r.report.validated(r.step, mean)
	r.validated = r.step
	if r.best.Step > 0 && mean <= r.best.Dice {
		return false, nil
	}
	r.best = Best{r.step, mean}
	return true, nil
}

func (r *run) validateCase(i int) (float64, error) {
	s, err := r.validation.sample(i)
	if err != nil {
		return 0, err
	}
	foreground, err := r.predictor.Foreground(s.image)
	if err != nil {
		return 0, err
	}
	return dice(foreground, s.label), nil
}

// dice returns the Dice coefficient of the voxels whose probability is above one half, and the label's. It leaves 0 and
// 1 in place of the probabilities.
func dice(probability, label []float32) float64 {
	for i, p := range probability {
		probability[i] = 0
		if p > 0.5 {
			probability[i] = 1
		}
	}
	return volume.DiceOfVoxels(probability, label)
}
