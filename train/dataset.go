package train

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
)

// dataset gives the prepared samples of cases. It keeps as many in memory as fit its bound, and reads the others
// again each time. It is safe for use by several goroutines.
type dataset struct {
	data  Data
	cases []Case
	limit int64 // bytes kept

	mu   sync.Mutex
	kept map[int]sample
	used int64
}

func newDataset(d Data, cases []Case, limit int64) *dataset {
	return &dataset{data: d, cases: cases, limit: limit, kept: map[int]sample{}}
}

// prepareAll reads and prepares every case once, so that a file that cannot be read is found before hours have gone
// into training. It reports all cases that fail.
func (s *dataset) prepareAll(ctx context.Context, report *reporter) error {
	type outcome struct {
		warnings []string
		err      error
	}
	outcomes := make([]outcome, len(s.cases))
	next, finished := make(chan int), make(chan int, len(s.cases))
	for range min(runtime.GOMAXPROCS(0), len(s.cases)) {
		go func() {
			for i := range next {
				if ctx.Err() == nil {
					_, outcomes[i].warnings, outcomes[i].err = s.load(i)
				}
				finished <- i
			}
		}()
	}
	go func() {
		for i := range s.cases {
			next <- i
		}
		close(next)
	}()
	for done := range s.cases {
		report.show(fmt.Sprintf("preparing case %d/%d", done+1, len(s.cases)), false)
		<-finished
	}
	err := ctx.Err()
	for _, o := range outcomes {
		for _, w := range o.warnings {
			report.note("warning: %s", w)
		}
		err = errors.Join(err, o.err)
	}
	return err
}

// sample returns a case's prepared sample, which must not be changed.
func (s *dataset) sample(i int) (sample, error) {
	s.mu.Lock()
	kept, found := s.kept[i]
	s.mu.Unlock()
	if found {
		return kept, nil
	}
	loaded, _, err := s.load(i)
	return loaded, err
}

// load reads and prepares a case, and keeps it if there is room.
func (s *dataset) load(i int) (sample, []string, error) {
	loaded, warnings, err := loadCase(s.cases[i], s.data)
	if err != nil {
		return sample{}, nil, fmt.Errorf("case %s: %w", s.cases[i].Name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, found := s.kept[i]; !found && s.used+loaded.bytes() <= s.limit {
		s.kept[i] = loaded
		s.used += loaded.bytes()
	}
	return loaded, warnings, nil
}
