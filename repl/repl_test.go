package repl_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/repl"
	"github.com/vnlang/vn/volume"
)

var update = flag.Bool("update", false, "write the transcripts anew")

// typist types the inputs of a transcript, one line for each Read, and what is typed shows in the transcript.
type typist struct {
	lines []string
	shows io.Writer
}

// Read gives the next line.
func (t *typist) Read(p []byte) (int, error) {
	if len(t.lines) == 0 {
		return 0, io.EOF
	}
	line := t.lines[0] + "\n"
	t.lines = t.lines[1:]
	io.WriteString(t.shows, line)
	return copy(p, line), nil
}

// TestTranscripts plays the sessions in testdata: what stands behind "> " and ". " is typed, the rest is expected.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	texts := map[string]string{}
	for i, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if files[i], err = filepath.Abs(name); err != nil {
			t.Fatal(err)
		}
		texts[files[i]] = string(text)
	}
	folder(t)
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			got := play(t, texts[name])
			if *update {
				if err := os.WriteFile(name, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(texts[name], got); diff != "" {
				t.Errorf("the session goes otherwise (-want +got):\n%s", diff)
			}
		})
	}
}

// libraryPlace is a place in the standard library, whose lines may move.
var libraryPlace = regexp.MustCompile(`(stdlib/\w+\.vn):\d+(:\d+)?`)

// play types the inputs of a transcript and returns the transcript of what happened.
func play(t *testing.T, transcript string) string {
	t.Helper()
	var out bytes.Buffer
	in := &typist{shows: &out}
	for line := range strings.Lines(transcript) {
		line = strings.TrimSuffix(line, "\n")
		if typed, ok := strings.CutPrefix(line+" ", "> "); ok {
			in.lines = append(in.lines, strings.TrimSuffix(typed, " "))
		} else if typed, ok := strings.CutPrefix(line+" ", ". "); ok {
			in.lines = append(in.lines, strings.TrimSuffix(typed, " "))
		}
	}
	err := repl.Run(context.Background(), repl.Options{In: in, Out: &out, Err: &out, Interactive: true, Threads: 1})
	if err != nil {
		t.Error(err)
	}
	var lines []string
	for line := range strings.Lines(out.String()) {
		lines = append(lines, libraryPlace.ReplaceAllString(strings.TrimRight(line, " \n"), "$1"))
	}
	return strings.TrimSuffix(strings.Join(lines, "\n"), ">") // the prompt at which the input ended
}

// folder makes the files that the transcripts read, and goes there.
func folder(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	v := volume.New(volume.Geometry{Size: [3]int{3, 2, 2}, Spacing: [3]float64{1, 1, 2}, Direction: [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, volume.Int16)
	for i := range v.Data {
		v.Data[i] = float32(i)
	}
	if err := volume.Write("small.mha", v); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"net.vn": `width = 4
half = width / 2

/// Two convolutions.
model Net(image: tensor[1, 8, 8], channels: int = width) {
    stage first = image |> twice(channels: channels)
    return first
}

block twice(x, channels: int) {
    return x |> conv(channels: channels, kernel: 3) |> conv(channels: half, kernel: 3)
}
`,
		"broken.vn": "width = 1 / 0\n",
		"tools.vn":  "/// Each element twice.\nblock double(x) {\n    return 2 * x\n}\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func TestScript(t *testing.T) {
	folder(t)
	tests := []struct {
		name, in, out, err string
		failed             bool
	}{
		{"values", "a = 2\nb = a *\n  3\nb\n[a, b]\n", "6\n[2, 6]\n", "", false},
		{"bindings are silent", "x = tensor([1, 4, 4])\nx\n", "tensor[channel 1, x 4, y 4]\n", "", false},
		{"commands between statements", "a = 1\n:seed 3\na\n:q\nb\n", "1\n", "", false},
		{"a text goes on over lines", "x = literal([1, 2])\n    |> exp\nif true {\n} else {\n}\nsize(x, axis: x)\n", "2\n", "", false},
		{"the first error ends it", "a = 1\na\n:seed 1\nb\n:seed 1\na\n", "1\n",
			"error[name/unknown]: nothing is called `b` here\n --> script.vn:4:1\n", true},
		{"an unindented body", "/// Twice.\nblock f(n: int) {\nreturn 2 * n\n}\nf(2)\n-1\n", "4\n-1\n", "", false},
		{"a doc comment", "/// Twice.\nblock f(n: int) { return 2 * n }\n:help f\n", "f(n: int)\n  declared at script.vn:2:7\n  Twice.\n", "", false},
		{"a text that ends too early", "a = (1 +\n", "", "error[syntax/", true},
		{"no command", ":nothing\n", "", "error: there is no command :nothing", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			err := repl.Run(context.Background(), repl.Options{In: strings.NewReader(tt.in), Out: &out, Err: &errs, Name: "script.vn", Threads: 1})
			if errors.Is(err, repl.ErrFailed) != tt.failed || err != nil && !tt.failed {
				t.Errorf("error %v", err)
			}
			if diff := cmp.Diff(tt.out, out.String()); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
			got := errs.String()
			if tt.err == "" && got != "" || !strings.HasPrefix(got, tt.err) {
				t.Errorf("diagnostics are\n%swhich do not begin with\n%s", got, tt.err)
			}
		})
	}
}

// TestHelp finds the library's blocks and the commands.
func TestHelp(t *testing.T) {
	var out bytes.Buffer
	in := strings.NewReader(":help\n:help softmax\n")
	if err := repl.Run(context.Background(), repl.Options{In: in, Out: &out, Err: &out}); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	for _, want := range []string{"  :eval EXPR", "Builtins: abs", " literal", "Standard library: adam", "\nsoftmax(x, over: string = channel)\n  declared at stdlib/"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("help does not say %q:\n%s", want, &out)
		}
	}
}

// TestFile loads a program first, and does not begin a script where that fails.
func TestFile(t *testing.T) {
	folder(t)
	for file, want := range map[string]string{"net.vn": "4\n", "broken.vn": "", "nowhere.vn": ""} {
		var out, errs bytes.Buffer
		err := repl.Run(context.Background(), repl.Options{In: strings.NewReader("width\n"), Out: &out, Err: &errs, File: file, Threads: 1})
		if out.String() != want || (want == "") != errors.Is(err, repl.ErrFailed) || (want == "") == (errs.Len() == 0) {
			t.Errorf("%s: output %q, error %v, diagnostics\n%s", file, &out, err, &errs)
		}
	}
}

// TestMemory refuses what does not fit, and an input that is no script.
func TestMemory(t *testing.T) {
	var out, errs bytes.Buffer
	o := repl.Options{Out: &out, Err: &errs, Threads: 1, Memory: 1 << 20}
	o.In = strings.NewReader("x = random([x: 1000, y: 1000])\n:eval exp(x)\n")
	if err := repl.Run(context.Background(), o); !errors.Is(err, repl.ErrFailed) || !strings.Contains(errs.String(), "may take 1.0 MiB") {
		t.Errorf("error %v, diagnostics\n%s", err, &errs)
	}
	errs.Reset()
	o.In = strings.NewReader(strings.Repeat(" ", 5<<20))
	if err := repl.Run(context.Background(), o); !errors.Is(err, repl.ErrFailed) || !strings.Contains(errs.String(), "it is no script") {
		t.Errorf("error %v, diagnostics\n%s", err, &errs)
	}
}

// TestInterrupt ends an evaluation that takes long, with the context.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var errs bytes.Buffer
	in := strings.NewReader("x = random([x: 4000, y: 4000])\ny = x\nfor i in 1..40 { y = exp(sum(y, over: x) - x) }\n:eval mean(y)\n")
	time.AfterFunc(100*time.Millisecond, cancel)
	err := repl.Run(ctx, repl.Options{In: in, Out: io.Discard, Err: &errs, Threads: 1})
	if said := errs.String(); !errors.Is(err, context.Canceled) || said != "" && said != "error: interrupted\n" {
		t.Errorf("error %v, diagnostics\n%s", err, said)
	}
}

// TestContext ends where its caller says so.
func TestContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := repl.Run(ctx, repl.Options{In: strings.NewReader("1\n"), Out: io.Discard, Err: io.Discard}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
