package train

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/artifact"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/internal/atomicfile"
)

func checkpointFiles(t *testing.T, c Config) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(c.Directory, "checkpoints"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestCheckpointsKept(t *testing.T) {
	c := fakeConfig(t, t.TempDir())
	c.Recipe.Validation = 0
	mustRun(t, c)
	want := []string{"step-000050.safetensors", "step-000060.safetensors"}
	if diff := cmp.Diff(want, checkpointFiles(t, c)); diff != "" {
		t.Errorf("checkpoints of a run without validation (-want +got):\n%s", diff)
	}

	// The learning rate is 0 from the second validation on, so that the first stays the best.
	c = fakeConfig(t, t.TempDir())
	device := c.Device.(*fakeDevice)
	device.before = func(step int) error {
		if step == 20 {
			device.rate = 0
			clear(c.Variables.(*fakeVariables).values["head.weight.velocity"])
		}
		return nil
	}
	result := mustRun(t, c)
	want = append([]string{"step-000020.safetensors"}, want...)
	if diff := cmp.Diff(want, checkpointFiles(t, c)); diff != "" || result.Best.Step != 20 {
		t.Errorf("best step %d; checkpoints (-want +got):\n%s", result.Best.Step, diff)
	}
	file, err := artifact.OpenTensors(result.BestCheckpoint)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if file.Metadata["step"] != "20" || file.Metadata["best_step"] != "20" {
		t.Errorf("metadata %v", file.Metadata)
	}
}

func TestRunDoesNotOverwriteARun(t *testing.T) {
	directory := t.TempDir()
	mustRun(t, fakeConfig(t, directory))
	_, err := Run(context.Background(), fakeConfig(t, directory))
	wantError(t, err, "holds a run of 60 steps already", "--resume")
}

// TestProlong goes on with a finished run for more iterations.
func TestProlong(t *testing.T) {
	directory := t.TempDir()
	whole := fakeConfig(t, directory)
	whole.Recipe.Iterations = 100
	mustRun(t, whole)

	part := fakeConfig(t, directory)
	part.Directory = t.TempDir()
	mustRun(t, part)
	rest := fakeConfig(t, directory)
	rest.Directory, rest.Resume, rest.Recipe.Iterations = part.Directory, true, 100
	mustRun(t, rest)
	if diff := cmp.Diff(bits(whole), bits(rest)); diff != "" {
		t.Errorf("variables (-want +got):\n%.1000s", diff)
	}
}

func TestDamagedCheckpoint(t *testing.T) {
	for name, damage := range map[string]func(path string, content []byte) error{
		"flipped bit": func(path string, content []byte) error {
			content[len(content)-100] ^= 4
			return os.WriteFile(path, content, 0o666)
		},
		"truncated": func(path string, content []byte) error { return os.WriteFile(path, content[:len(content)-1], 0o666) },
		"empty":     func(path string, _ []byte) error { return os.WriteFile(path, nil, 0o666) },
		"swapped": func(path string, _ []byte) error {
			older, err := os.ReadFile(filepath.Join(filepath.Dir(path), "step-000050.safetensors"))
			if err != nil {
				return err
			}
			return os.WriteFile(path, older, 0o666)
		},
		// Such a run would never again find a step that is better than its best.
		"best Dice": func(path string, content []byte) error { return replaceMetadata(path, content, "best_dice", "9") },
		"best step": func(path string, content []byte) error { return replaceMetadata(path, content, "best_step", "7") },
		"validated": func(path string, content []byte) error { return replaceMetadata(path, content, "validated", "1") },
	} {
		t.Run(name, func(t *testing.T) {
			directory := t.TempDir()
			whole := fakeConfig(t, directory)
			newest := mustRun(t, whole).Checkpoint
			content, err := os.ReadFile(newest)
			if err != nil {
				t.Fatal(err)
			}
			if err := damage(newest, content); err != nil {
				t.Fatal(err)
			}
			again := fakeConfig(t, directory)
			again.Resume = true
			var progress strings.Builder
			again.Progress = &progress
			mustRun(t, again)
			for _, text := range []string{newest + " is damaged", "resuming after step 50"} {
				if !strings.Contains(progress.String(), text) {
					t.Errorf("progress lacks %q:\n%s", text, progress.String())
				}
			}
			if diff := cmp.Diff(bits(whole), bits(again)); diff != "" {
				t.Errorf("variables (-want +got):\n%.1000s", diff)
			}
		})
	}
}

// replaceMetadata changes the first digit of a number in the metadata of a checkpoint.
func replaceMetadata(path string, content []byte, key, digit string) error {
	at := bytes.Index(content, []byte(`"`+key+`":"`))
	if at < 0 {
		return errors.New("the metadata lack " + key)
	}
	at += len(key) + 4
	if string(content[at]) == digit {
		return errors.New(key + " starts with " + digit + " already")
	}
	copy(content[at:], digit)
	return os.WriteFile(path, content, 0o666)
}

// A checkpoint that cannot be read is not a damaged one: a run that went on from the one before would drop it.
func TestUnreadableCheckpoint(t *testing.T) {
	directory := t.TempDir()
	newest := mustRun(t, fakeConfig(t, directory)).Checkpoint
	if err := os.Remove(newest); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(newest, newest); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	again := fakeConfig(t, directory)
	again.Resume = true
	_, err := Run(context.Background(), again)
	wantError(t, err, "resume from "+newest)
	if _, ok := errors.AsType[*fs.PathError](err); !ok {
		t.Errorf("%v does not wrap the cause", err)
	}
}

func TestEveryCheckpointDamaged(t *testing.T) {
	directory := t.TempDir()
	c := fakeConfig(t, directory)
	mustRun(t, c)
	for _, name := range checkpointFiles(t, c) {
		if err := os.WriteFile(filepath.Join(c.Directory, "checkpoints", name), []byte("x"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	again := fakeConfig(t, directory)
	again.Resume = true
	_, err := Run(context.Background(), again)
	wantError(t, err, "every checkpoint in", "is damaged")
}

func TestResumeWithOtherSettings(t *testing.T) {
	directory := t.TempDir()
	mustRun(t, fakeConfig(t, directory))
	for name, c := range map[string]struct {
		change func(c *Config)
		want   []string
	}{
		"batch": {func(c *Config) {
			c.Recipe.Batch = 1
			c.Training, _ = fakePlans(1, c.Data.Size)
		}, []string{"batch was 2 and is 1", "plan (model, loss or optimizer, or the vnc that made it) is another"}},
		"seed":    {func(c *Config) { c.Recipe.Seed = 1<<63 + 1 }, []string{"seed was 7 and is 9223372036854775809", "case.Case0"}},
		"spacing": {func(c *Config) { c.Data.Spacing[2] = 3 }, []string{"data.spacing was [1,1,2] and is [1,1,3]", "restore them, or start a new run"}},
		"augment": {func(c *Config) { c.Data.Augment = nil }, []string{"data.augment was [", "and is absent"}},
		"cases":   {func(c *Config) { c.Cases = c.Cases[:4] }, []string{`case.Case04 was "`, "and is absent"}},
		"width": {func(c *Config) {
			for _, p := range []*plan.Plan{c.Training, c.Inference} {
				for i, b := range p.Buffers {
					if b.Class == plan.Variable && b.Name != "walk" {
						p.Buffers[i].Type.Axes[0].Size = 3
					}
				}
			}
			c.Variables, _ = c.Device.Variables(c.Training)
		}, []string{"variable.head.weight was [2] and is [3]"}},
	} {
		t.Run(name, func(t *testing.T) {
			other := fakeConfig(t, directory)
			other.Resume = true
			c.change(&other)
			_, err := Run(context.Background(), other)
			wantError(t, err, append(c.want, "resume from", "step-000060.safetensors", "started with other settings")...)
		})
	}
}

// TestFullDisk lets the disk run full in the middle of a checkpoint: the one before stays, and the run goes on from it.
func TestFullDisk(t *testing.T) {
	directory := t.TempDir()
	c := fakeConfig(t, directory)
	r := &run{Config: c, saved: -1, report: newReporter(nil, false, time.Now)}
	if err := r.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.checkpoints.write = func(path string, content func(io.Writer) error) error {
		return atomicfile.Write(path, func(w io.Writer) error {
			if strings.Contains(path, "000030") {
				w = &fullDisk{w, 1000}
			}
			return content(w)
		})
	}
	err := r.loop(t.Context())
	r.close()
	wantError(t, err, "step-000030.safetensors", "no space left", "free some space", "the last good checkpoint is", "step-000020.safetensors", "--resume")
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%v does not wrap the cause", err)
	}
	want := []string{"step-000010.safetensors", "step-000020.safetensors"}
	if diff := cmp.Diff(want, checkpointFiles(t, c)); diff != "" {
		t.Errorf("files after the failure (-want +got):\n%s", diff)
	}

	again := fakeConfig(t, directory)
	again.Resume = true
	mustRun(t, again)
	whole := fakeConfig(t, directory)
	whole.Directory = t.TempDir()
	mustRun(t, whole)
	if diff := cmp.Diff(bits(whole), bits(again)); diff != "" {
		t.Errorf("variables (-want +got):\n%.1000s", diff)
	}
}

// fullDisk takes so many bytes and no more.
type fullDisk struct {
	w    io.Writer
	left int
}

func (d *fullDisk) Write(p []byte) (int, error) {
	n := min(len(p), d.left)
	d.left -= n
	d.w.Write(p[:n])
	if n < len(p) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

// TestFailures: whatever fails, the error names the last good checkpoint.
func TestFailures(t *testing.T) {
	for name, c := range map[string]struct {
		before func(c Config, step int) error
		want   []string
	}{
		"session":     {func(c Config, step int) error { return fail(step == 25) }, []string{"step 26: fake failure", "step-000020"}},
		"no step yet": {func(c Config, step int) error { return fail(step == 5) }, []string{"step 6: fake failure", "there is no checkpoint yet"}},
		"store": {func(c Config, step int) error {
			if step == 25 {
				c.Variables.(*fakeVariables).fail = errFake
			}
			return nil
		}, []string{"save step 30", "fake failure", "step-000020"}},
		"not finite": {func(c Config, step int) error {
			c.Variables.(*fakeVariables).values["walk"][7] += float32(max(step-24, 0)) * 1e38
			return nil
		}, []string{"save step 30", `tensor "walk": element 7 is +Inf`, "step-000020"}},
	} {
		t.Run(name, func(t *testing.T) {
			config := fakeConfig(t, t.TempDir())
			config.Device.(*fakeDevice).before = func(step int) error { return c.before(config, step) }
			_, err := Run(context.Background(), config)
			wantError(t, err, c.want...)
		})
	}
}

func fail(now bool) error {
	if now {
		return errFake
	}
	return nil
}

func TestLoadWeights(t *testing.T) {
	c := fakeConfig(t, t.TempDir())
	checkpoint := mustRun(t, c).Checkpoint
	file, err := artifact.OpenTensors(checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()

	v, _ := c.Device.Variables(c.Inference)
	unused, err := LoadWeights(file.Tensors, v, Shapes(c.Inference))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"head.weight.velocity", "walk"}, unused); diff != "" {
		t.Errorf("unused (-want +got):\n%s", diff)
	}
	if want, got := c.Variables.(*fakeVariables).values["head.weight"], v.(*fakeVariables).values["head.weight"]; !slices.Equal(want, got) {
		t.Errorf("weights %v, want %v", got, want)
	}

	for name, change := range map[string]func(b *plan.Buffer){
		"load weights: the file has no other":                           func(b *plan.Buffer) { b.Name = "other" },
		"head.weight has shape [2] in the file, and [5] in the model":   func(b *plan.Buffer) { b.Type.Axes[0].Size = 5 },
		"head.weight has shape [2] in the file, and [1 2] in the model": func(b *plan.Buffer) { b.Type.Axes = axes(1, 2) },
	} {
		_, inference := fakePlans(2, c.Data.Size)
		change(&inference.Buffers[2])
		v, _ := c.Device.Variables(inference)
		_, err := LoadWeights(file.Tensors, v, Shapes(inference))
		wantError(t, err, name, "weights of another model")
		for name, values := range v.(*fakeVariables).values {
			if slices.Max(values) != 0 {
				t.Errorf("%s was loaded in spite of the error", name)
			}
		}
	}
}
