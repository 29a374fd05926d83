package train

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/internal/rng"
)

// killDirectory and killPause are the environment of a process that TestKill starts: where the run lies, and how long
// each of its steps takes.
const (
	killDirectory = "VN_TRAIN_TEST_DIRECTORY"
	killPause     = "VN_TRAIN_TEST_PAUSE"
)

func killConfig(t *testing.T, directory string) Config {
	c := fakeConfig(t, directory)
	c.Recipe.Iterations, c.Recipe.CheckpointEvery, c.Recipe.ValidateEvery = 450, 4, 10
	c.Resume = true
	return c
}

// TestKill ends a run with SIGKILL at twenty random moments, resuming it each time; at the end the variables and the
// log are those of a run that nobody disturbed, bit for bit.
func TestKill(t *testing.T) {
	if directory := os.Getenv(killDirectory); directory != "" {
		runUntilKilled(t, directory)
		return
	}
	whole := killConfig(t, t.TempDir())
	mustRun(t, whole)

	directory := t.TempDir()
	fakeConfig(t, directory) // writes the cases
	random := rng.New(uint64(time.Now().UnixNano()))
	scale := 1.0 // of all times: how much slower than usual the machine starts a run
	const kills = 20
	for kill := range kills {
		// All pauses of the run together are much longer than all of these delays, so that it cannot end before.
		start := time.Now()
		command := child(directory, fmt.Sprint(time.Duration(12*scale*float64(time.Millisecond))))
		output, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		if kill%2 == 0 { // once it makes steps; the others at any time after the start
			awaitStep(output)
			scale = min(max(scale, time.Since(start).Seconds()/0.1), 4)
		}
		if kill == kills-2 {
			awaitCheckpoint(directory)
		}
		time.Sleep(time.Duration(random.Uniform(10, 120) * scale * float64(time.Millisecond)))
		command.Process.Kill()
		command.Wait()
		if command.ProcessState.Exited() {
			t.Fatalf("the run ended before kill %d: %v", kill+1, command.ProcessState)
		}
	}
	if len(checkpointFiles(t, killConfig(t, directory))) == 0 {
		t.Error("no kill was survived by a checkpoint")
	}
	if output, err := child(directory, "0s").CombinedOutput(); err != nil {
		t.Fatalf("the run that nobody killed: %v\n%s", err, output)
	}

	end := killConfig(t, directory)
	if result := mustRun(t, end); result.Step != 450 {
		t.Errorf("the run ended at step %d", result.Step)
	}
	if diff := cmp.Diff(bits(whole), bits(end)); diff != "" {
		t.Errorf("variables after %d kills differ from an undisturbed run's (-want +got):\n%.2000s", kills, diff)
	}
	if diff := cmp.Diff(readLog(t, whole.Directory), readLog(t, end.Directory)); diff != "" {
		t.Errorf("log after %d kills (-want +got):\n%.2000s", kills, diff)
	}
}

// awaitStep reads what a run reports until it has made a step, or has ended.
func awaitStep(output io.Reader) {
	for lines := bufio.NewScanner(output); lines.Scan() && !strings.Contains(lines.Text(), "loss"); {
	}
}

// awaitCheckpoint waits until there is a checkpoint, but not for ever.
func awaitCheckpoint(directory string) {
	for range 1000 {
		if found, _ := filepath.Glob(filepath.Join(directory, "run", "checkpoints", "step-*")); len(found) > 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func child(directory, pause string) *exec.Cmd {
	command := exec.Command(os.Args[0], "-test.run=^TestKill$")
	command.Env = append(os.Environ(), killDirectory+"="+directory, killPause+"="+pause)
	return command
}

func runUntilKilled(t *testing.T, directory string) {
	pause, err := time.ParseDuration(os.Getenv(killPause))
	if err != nil {
		t.Fatal(err)
	}
	c := killConfig(t, directory)
	c.Progress = os.Stdout
	c.Device.(*fakeDevice).before = func(int) error {
		time.Sleep(pause)
		return nil
	}
	if _, err := Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
}
