package train

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"github.com/vnlang/vn/artifact"
	"github.com/vnlang/vn/internal/atomicfile"
	"github.com/vnlang/vn/runtime"
)

// state is where a run stands, beside its variables.
type state struct {
	step      int // steps done
	validated int // the step of the last validation, 0 when there was none
	best      Best
}

// Best is the best validation of a run so far.
type Best struct {
	Step int     // 0: there was none
	Dice float64 // mean over the validation cases, on the network's grid
}

// checkpoints are the checkpoints of one run. A checkpoint is a safetensors file with all variables, whose metadata
// hold the state, the identity of the run, and a digest of all of it.
type checkpoints struct {
	directory string
	variables runtime.Variables
	shapes    map[string][]int
	identity  identity
	write     func(path string, content func(io.Writer) error) error
}

// checkpointFormat is the value of the metadata key "format".
const checkpointFormat = "vn checkpoint 2"

// keepLast is how many checkpoints are kept, beside the best.
const keepLast = 2

func newCheckpoints(directory string, v runtime.Variables, shapes map[string][]int, id identity) *checkpoints {
	return &checkpoints{filepath.Join(directory, "checkpoints"), v, shapes, id, atomicfile.Write}
}

func (c *checkpoints) path(step int) string {
	return filepath.Join(c.directory, fmt.Sprintf("step-%06d.safetensors", step))
}

var checkpointName = regexp.MustCompile(`^step-(\d{6,18})\.safetensors$`)

// steps returns the steps of which there are checkpoints, newest first.
func (c *checkpoints) steps() ([]int, error) {
	entries, err := os.ReadDir(c.directory)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the checkpoints: %w", err)
	}
	var steps []int
	for _, entry := range entries {
		if match := checkpointName.FindStringSubmatch(entry.Name()); match != nil {
			step, err := strconv.Atoi(match[1])
			if err == nil && filepath.Base(c.path(step)) == entry.Name() {
				steps = append(steps, step)
			}
		}
	}
	slices.SortFunc(steps, func(a, b int) int { return cmp.Compare(b, a) })
	return steps, nil
}

// save writes a checkpoint and removes those that are no longer needed. Variables that are not finite are never
// saved.
func (c *checkpoints) save(s state) error {
	if err := os.MkdirAll(c.directory, 0o777); err != nil {
		return fmt.Errorf("make the directory of the checkpoints: %w", err)
	}
	tensors := Tensors(c.variables, c.shapes)
	for i, t := range tensors {
		tensors[i].Fill = func(dst []float32) error { return fillFinite(t, dst) }
	}
	values, err := artifact.DigestTensors(tensors)
	if err != nil {
		return fmt.Errorf("save step %d: %w", s.step, err)
	}
	identity, err := c.identity.encode()
	if err != nil {
		return err
	}
	metadata := map[string]string{
		"format":    checkpointFormat,
		"step":      strconv.Itoa(s.step),
		"validated": strconv.Itoa(s.validated),
		"best_step": strconv.Itoa(s.best.Step),
		"best_dice": strconv.FormatFloat(s.best.Dice, 'g', -1, 64),
		"identity":  identity,
	}
	metadata["digest"] = digest(values, metadata)
	err = c.write(c.path(s.step), func(w io.Writer) error { return artifact.WriteTensors(w, tensors, metadata) })
	if err != nil {
		return err
	}
	return c.prune(s)
}

// digest returns the SHA-256 in hexadecimal of a checkpoint: of the digest of its values, and of its metadata but for
// the digest itself.
func digest(values string, metadata map[string]string) string {
	hash := sha256.New()
	fmt.Fprintf(hash, "%q\n", values)
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		if key != "digest" {
			fmt.Fprintf(hash, "%q %q\n", key, metadata[key])
		}
	}
	return hex.EncodeToString(hash.Sum(nil))
}

func fillFinite(t artifact.Tensor, dst []float32) error {
	if err := t.Fill(dst); err != nil {
		return err
	}
	for i, value := range dst {
		if value-value != 0 {
			return fmt.Errorf("element %d is %v: the training has diverged; lower the learning rate", i, value)
		}
	}
	return nil
}

// prune removes the checkpoints before s but the last few and the best. One of a later step, left over by a run that
// was resumed before it because it is damaged, does not count, and will be replaced.
func (c *checkpoints) prune(s state) error {
	steps, err := c.steps()
	if err != nil {
		return err
	}
	kept := 0
	for _, step := range steps {
		if step > s.step || step == s.best.Step {
			continue
		}
		if kept++; kept <= keepLast {
			continue
		}
		if err := os.Remove(c.path(step)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove an old checkpoint: %w", err)
		}
	}
	return nil
}

// resume loads the newest checkpoint that is intact, and reports those that are not. Without any checkpoint it returns
// the state of a run that starts. A checkpoint of another model, recipe or data set is an error that names what
// differs.
func (c *checkpoints) resume(report func(format string, values ...any)) (state, error) {
	steps, err := c.steps()
	if err != nil {
		return state{}, err
	}
	for _, step := range steps {
		s, err := c.load(step)
		if damaged, ok := errors.AsType[*damagedError](err); ok {
			report("checkpoint %s is damaged: %v; trying the one before", c.path(step), damaged.err)
			continue
		}
		if err != nil {
			return state{}, fmt.Errorf("resume from %s: %w", c.path(step), err)
		}
		return s, nil
	}
	if len(steps) > 0 {
		return state{}, fmt.Errorf("resume: every checkpoint in %s is damaged: restore one, or start again in another directory", c.directory)
	}
	return state{}, nil
}

// damagedError says that a file is not the checkpoint that was written.
type damagedError struct{ err error }

func (e *damagedError) Error() string { return e.err.Error() }

// unlessFailed makes an error of reading one of a damaged file, unless the file system failed, which says nothing about
// the content: a file that may not be read, or too many open ones.
func unlessFailed(err error) error {
	if _, failed := errors.AsType[*fs.PathError](err); failed {
		return err
	}
	return &damagedError{err}
}

func (c *checkpoints) load(step int) (state, error) {
	file, err := artifact.OpenTensors(c.path(step))
	if err != nil {
		return state{}, unlessFailed(err)
	}
	defer file.Close()
	s, err := parseState(file.Metadata)
	if err != nil {
		return state{}, &damagedError{err}
	}
	if s.step != step {
		return state{}, &damagedError{fmt.Errorf("it holds step %d", s.step)}
	}
	values, err := file.Digest()
	if err != nil {
		return state{}, unlessFailed(err)
	}
	if digest(values, file.Metadata) != file.Metadata["digest"] {
		return state{}, &damagedError{errors.New("its content is not what was written")}
	}
	if err := c.identity.compare(file.Metadata["identity"]); err != nil {
		return state{}, err
	}
	if _, err := LoadWeights(file.Tensors, c.variables, c.shapes); err != nil {
		return state{}, err
	}
	return s, nil
}

func parseState(metadata map[string]string) (s state, err error) {
	if metadata["format"] != checkpointFormat {
		return s, fmt.Errorf("its metadata do not say %q", checkpointFormat)
	}
	for key, number := range map[string]*int{"step": &s.step, "validated": &s.validated, "best_step": &s.best.Step} {
		if *number, err = strconv.Atoi(metadata[key]); err != nil {
			return s, fmt.Errorf("its metadata: %s: %w", key, err)
		}
	}
	if s.best.Dice, err = strconv.ParseFloat(metadata["best_dice"], 64); err != nil {
		return s, fmt.Errorf("its metadata: best_dice: %w", err)
	}
	return s, nil
}
