package train

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/internal/lockfile"
	"github.com/vnlang/vn/runtime"
)

// Config is what a run is made of.
type Config struct {
	Device    runtime.Device
	Variables runtime.Variables // of both plans, initialised; the run starts from their values
	Training  *plan.Plan        // inputs image [batch, channel 1, z, y, x] and label [batch, z, y, x], and step if it wants one; output loss
	Inference *plan.Plan        // see NewPredictor; nil where Recipe.Validation is 0
	Output    string            // of the inference plan: the probabilities
	Model     string            // the model's name

	Data   Data
	Recipe Recipe
	Cases  []Case // all of them; the run holds out its validation cases itself

	Directory string // of the run's files; made if need be
	Resume    bool   // go on from the newest checkpoint in Directory, if there is one
	Cache     int64  // bytes of prepared samples that are kept in memory; what does not fit is read again

	Progress io.Writer // for a person; nil: nobody
	Terminal bool      // Progress is a terminal, and its last line may be written over
}

// Result says where a run ended.
type Result struct {
	Step           int     // steps done
	Loss           float64 // of the last step; 0 when the run had no step to do
	Checkpoint     string  // path of the last checkpoint
	Best           Best    // the best validation; its Step is 0 when there was none
	BestCheckpoint string  // path of its checkpoint, or ""
}

// ErrInterrupted is wrapped by the error of a run that was stopped through its context. Its last checkpoint is that of
// the last step done.
var ErrInterrupted = errors.New("interrupted")

// ErrBusy is wrapped by the error of a run whose directory another run is at work in.
var ErrBusy = errors.New("another run is at work there")

// ErrDiverged is wrapped by the error of a run whose loss became NaN or infinite.
var ErrDiverged = errors.New("the training has diverged")

// run is a training in progress.
type run struct {
	Config
	state
	loss        float64
	training    runtime.Session
	scaled      bool       // the training plan has a loss scale
	warned      bool       // that this has become small
	predictor   *Predictor // nil without validation
	sampler     *sampler
	validation  *dataset
	lock        *lockfile.Lock // on the directory
	checkpoints *checkpoints
	saved       int // the step of the last checkpoint that is known to be good; -1 when there is none
	log         *runLog
	report      *reporter
}

// Run trains. It stops when all iterations are done, when ctx is cancelled (after the step in progress and a
// checkpoint; the error wraps ErrInterrupted), or at the first error, which names the last good checkpoint. A directory
// has one run at a time: where another is at work, in this process or in another, the error wraps ErrBusy.
//
// The same configuration and seed give the same bits, resumed or not, provided that the device's sessions are
// deterministic.
func Run(ctx context.Context, c Config) (*Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := &run{Config: c, saved: -1, report: newReporter(c.Progress, c.Terminal, time.Now)}
	defer r.report.clear()
	defer r.close()
	err := r.prepare(ctx)
	if err != nil && cancelled(ctx, err) {
		err = fmt.Errorf("%w while the cases were prepared", ErrInterrupted)
	}
	if err != nil {
		return nil, fmt.Errorf("train %s: %w", c.Model, err)
	}
	err = r.loop(ctx)
	result := r.result()
	if err != nil {
		return result, fmt.Errorf("train %s: %w", c.Model, err)
	}
	r.report.note("done: %d steps; last checkpoint %s", r.step, result.Checkpoint)
	if result.BestCheckpoint != "" {
		r.report.note("best validation Dice %.4f at step %d: %s", r.best.Dice, r.best.Step, result.BestCheckpoint)
	}
	return result, nil
}
