package train

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/vnlang/vn/internal/atomicfile"
)

// Record is one line of log.jsonl. There is a line for every step, with loss, and one for every validation, with
// validation and cases.
type Record struct {
	Step       int                `json:"step"`                 // steps done, this one included
	Loss       *float64           `json:"loss,omitempty"`       // of the batch, before the step's update
	LossScale  float64            `json:"loss_scale,omitempty"` // of a plan that scales its loss: where the next step's is half of it, the step changed nothing
	Seconds    float64            `json:"seconds"`              // that the step or the validation took
	Validation *float64           `json:"validation,omitempty"` // mean Dice over the validation cases on the network's grid
	Cases      map[string]float64 `json:"cases,omitempty"`      // Dice of each validation case
}

// runLog appends records to log.jsonl.
type runLog struct{ file *os.File }

// openLog opens the log of a run that goes on from the given state: records of later steps and validations, which will
// be written again, and a last line that a kill cut off are removed. A run that starts has an empty log.
func openLog(path string, from state) (*runLog, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("open the log: %s is no regular file: move it away", path)
	}
	old, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("open the log: %w", err)
	default:
		err := atomicfile.Write(path, func(w io.Writer) error { return copyRecords(w, old, from) })
		old.Close()
		if err != nil {
			return nil, fmt.Errorf("shorten the log to step %d: %w", from.step, err)
		}
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o666)
	if err != nil {
		return nil, fmt.Errorf("open the log: %w", err)
	}
	return &runLog{file}, nil
}

// copyRecords copies the records of the steps and validations that are done.
func copyRecords(w io.Writer, r io.Reader, done state) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var record Record
		if json.Unmarshal(lines.Bytes(), &record) != nil || record.Step < 1 {
			continue
		}
		if record.Step > done.step || record.Validation != nil && record.Step > done.validated {
			continue
		}
		if _, err := w.Write(append(bytes.Clone(lines.Bytes()), '\n')); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%w: this is no log of a run; move it away", err)
	}
	return nil
}

// write appends a record, in one piece.
func (l *runLog) write(r Record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write the log: %w", err)
	}
	if _, err := l.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write the log: %w; free some space on its disk", err)
	}
	return nil
}

// sync brings the records to the disk.
func (l *runLog) sync() error {
	if err := l.file.Sync(); err != nil {
		return fmt.Errorf("write the log: %w; free some space on its disk", err)
	}
	return nil
}

func (l *runLog) close() error { return l.file.Close() }
