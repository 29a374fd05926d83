package train

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/internal/lockfile"
	"github.com/vnlang/vn/runtime"
)

// prepare checks the configuration, opens everything, and loads the checkpoint to go on from.
func (r *run) prepare(ctx context.Context) error {
	if err := r.check(); err != nil {
		return err
	}
	training, validation, err := Split(r.Cases, r.Recipe.Validation, r.Recipe.Seed)
	if err != nil {
		return err
	}
	plans := []*plan.Plan{r.Training}
	if r.Inference != nil {
		plans = append(plans, r.Inference)
	}
	shapes := Shapes(plans...)
	id, err := newIdentity(r.Config, shapes, training, validation)
	if err != nil {
		return err
	}
	if err := r.takeDirectory(); err != nil {
		return err
	}
	r.checkpoints = newCheckpoints(r.Directory, r.Variables, shapes, id)
	if err := r.resume(); err != nil {
		return err
	}
	return r.open(ctx, training, validation)
}

func (r *run) check() error {
	if err := r.Data.Check(); err != nil {
		return err
	}
	if err := r.Recipe.Check(); err != nil {
		return err
	}
	if len(r.Cases) == 0 {
		return errors.New("there are no cases to train on")
	}
	if r.Inference == nil && r.Recipe.Validation > 0 {
		return errors.New("validation needs the inference plan: compile the model with it, or set validation = 0")
	}
	size, err := imageSize(r.Training, r.Recipe.Batch)
	if err != nil {
		return err
	}
	if size != r.Data.Size {
		return fmt.Errorf("the data block's size is %v, and the model's input is %v: make them equal", r.Data.Size, size)
	}
	label, err := find(r.Training, plan.Input, labelInput)
	if err != nil {
		return err
	}
	if want := []int{r.Recipe.Batch, size[2], size[1], size[0]}; !slices.Equal(label.Type.Shape(), want) {
		return fmt.Errorf("plan %s: input label is %v, and must be %v as [batch, z, y, x]", r.Training.Name, label.Type, want)
	}
	loss, err := find(r.Training, plan.Output, lossOutput)
	if err != nil {
		return err
	}
	if len(loss.Type.Axes) != 0 {
		return fmt.Errorf("plan %s: output loss is %v, and must be a scalar", r.Training.Name, loss.Type)
	}
	return checkInputs(r.Training, imageInput, labelInput, runtime.StepInput)
}

// takeDirectory makes the run's directory and keeps other runs out of it until close, or the end of the process.
func (r *run) takeDirectory() (err error) {
	if err := os.MkdirAll(r.Directory, 0o777); err != nil {
		return fmt.Errorf("make the directory of the run: %w", err)
	}
	r.lock, err = lockfile.Hold(filepath.Join(r.Directory, "lock"))
	if errors.Is(err, lockfile.ErrHeld) {
		return fmt.Errorf("directory %s: %w: wait until it has ended, or choose another directory", r.Directory, ErrBusy)
	}
	return err
}

// resume loads the newest checkpoint where that is wanted, and otherwise makes sure that there is none.
func (r *run) resume() error {
	steps, err := r.checkpoints.steps()
	if err != nil {
		return err
	}
	if !r.Resume {
		if len(steps) > 0 {
			return fmt.Errorf("%s holds a run of %d steps already: go on with --resume, or choose another directory", r.Directory, steps[0])
		}
		return nil
	}
	if r.state, err = r.checkpoints.resume(r.report.note); err != nil {
		return err
	}
	if r.step == 0 {
		r.report.note("no checkpoint in %s yet: starting from the beginning", r.Directory)
		return nil
	}
	r.saved = r.step
	r.report.note("resuming after step %d, from %s", r.step, r.checkpoints.path(r.step))
	return nil
}

func (r *run) open(ctx context.Context, training, validation []Case) (err error) {
	augment, err := newAugmentations(r.Data.Augment)
	if err != nil {
		return err
	}
	// Training and validation share the bound as they share the cases.
	share := r.Cache / int64(len(r.Cases))
	set := newDataset(r.Data, training, share*int64(len(training)))
	r.validation = newDataset(r.Data, validation, share*int64(len(validation)))
	r.sampler = &sampler{set, r.Recipe.Batch, r.Recipe.Seed, augment}
	r.report.note("%d training cases, %d validation cases%s", len(training), len(validation), caseNames(validation))
	if err := errors.Join(set.prepareAll(ctx, r.report), r.validation.prepareAll(ctx, r.report)); err != nil {
		return err
	}
	if r.log, err = openLog(filepath.Join(r.Directory, "log.jsonl"), r.state); err != nil {
		return err
	}
	if r.training, err = r.Device.Open(r.Training, r.Variables); err != nil {
		return fmt.Errorf("open the training plan on %s: %w", r.Device.Name(), err)
	}
	_, err = find(r.Training, plan.Output, scaleOutput)
	r.scaled = err == nil
	if len(validation) > 0 {
		if r.predictor, err = NewPredictor(r.Device, r.Inference, r.Variables, r.Output); err != nil {
			return err
		}
	}
	return nil
}

func caseNames(cases []Case) string {
	if len(cases) == 0 {
		return ""
	}
	names := make([]string, len(cases))
	for i, c := range cases {
		names[i] = c.Name
	}
	return " (" + enumerate(names) + ")"
}

func (r *run) close() {
	if r.log != nil {
		r.log.close()
	}
	if r.training != nil {
		r.training.Close()
	}
	if r.predictor != nil {
		r.predictor.Close()
	}
	if r.lock != nil {
		r.lock.Release()
	}
}
