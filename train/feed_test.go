package train

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/compiler/plan"
)

// Where sessions can, every batch is staged, and the bits are those of a run that stages none.
func TestStages(t *testing.T) {
	plain, staged := fakeConfig(t, t.TempDir()), fakeConfig(t, t.TempDir())
	staged.Device.(*fakeDevice).stages = true
	mustRun(t, plain)
	mustRun(t, staged)
	if n := staged.Device.(*fakeDevice).staged.Load(); n != 60 {
		t.Errorf("%d batches were staged in 60 steps", n)
	}
	if n := plain.Device.(*fakeDevice).staged.Load(); n != 0 {
		t.Errorf("%d batches were staged where sessions cannot", n)
	}
	if diff := cmp.Diff(bits(plain), bits(staged)); diff != "" {
		t.Errorf("the variables differ (-plain +staged):\n%.2000s", diff)
	}
}

// Whatever fails in a run that stages, it ends with that error, and leaves nobody behind.
func TestStagingFails(t *testing.T) {
	before := runtime.NumGoroutine()
	for name, c := range map[string]struct {
		spoil func(c Config)
		want  string
	}{
		"staging": {func(c Config) {
			c.Device.(*fakeDevice).stage = func(n int) error {
				if n == 25 {
					return errFake
				}
				return nil
			}
		}, "step 25: fake failure; the last good checkpoint is"},
		"a step": {func(c Config) {
			c.Device.(*fakeDevice).before = func(step int) error {
				if step == 24 {
					return errFake
				}
				return nil
			}
		}, "step 25: fake failure; the last good checkpoint is"},
		"a batch": {func(c Config) {
			c.Device.(*fakeDevice).before = func(step int) error {
				if step == 3 { // the cases are read again for each batch
					for _, x := range c.Cases {
						os.Remove(x.Image)
					}
				}
				return nil
			}
		}, "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			config := fakeConfig(t, t.TempDir())
			config.Cache = 0
			config.Device.(*fakeDevice).stages = true
			c.spoil(config)
			_, err := Run(context.Background(), config)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(c.want, "fake") && !errors.Is(err, errFake) {
				t.Errorf("the error is %v, want %q", err, c.want)
			}
		})
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d goroutines are left, of %d before", runtime.NumGoroutine(), before)
}

// The loss scale of a plan that has one is in the log, and that it has fallen to 1 is said once.
func TestLossScale(t *testing.T) {
	for _, least := range []float32{1, 2} {
		c := fakeConfig(t, t.TempDir())
		var progress strings.Builder
		c.Progress = &progress
		c.Training.Buffers = append(c.Training.Buffers, plan.Buffer{Name: "loss_scale", Class: plan.Output})
		c.Device.(*fakeDevice).scale = func(step int) float32 { return max(least, float32(int(64)>>min(step, 6))) }
		mustRun(t, c)
		records := readLog(t, c.Directory)
		if got := fmt.Sprint(records[0].LossScale, records[1].LossScale, records[8].LossScale); got != fmt.Sprint(64, 32, least) {
			t.Errorf("the scales in the log are %s", got)
		}
		if n := strings.Count(progress.String(), "the loss scale has fallen to 1"); n != map[float32]int{1: 1, 2: 0}[least] {
			t.Errorf("with a scale of %g it is said %d times that it is 1:\n%s", least, n, progress.String())
		}
	}
}
