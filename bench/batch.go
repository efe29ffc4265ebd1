package bench

import "github.com/orbitring/orbit/ring"

// newBatch makes the messages of a batch, none for a row that has no batches.
func newBatch(s Spec) []ring.Message {
	all := make([]byte, s.Batch*s.Payload)
	batch := make([]ring.Message, s.Batch)
	for i := range batch {
		batch[i] = ring.Message{Op: ringOp, Payload: all[i*s.Payload:][:s.Payload:s.Payload]}
	}
	return batch
}

// putBatches is put in batches: their messages are made, then published by one
// call. One that is lapped fails the sample, since nobody says which message is
// lost.
func (o *ringOut) putBatches(from, to uint64) error {
	for seq := from; seq < to; {
		batch := o.batch[:min(to-seq, uint64(len(o.batch)))]
		o.fill(batch, seq)
		seq += uint64(len(batch))
		for len(batch) > 0 {
			_, n, err := o.writer.PublishBatch(batch)
			if err != nil {
				return err
			}
			batch = batch[n:]
		}
	}
	return nil
}

// fill makes the messages from seq on.
func (o *ringOut) fill(batch []ring.Message, seq uint64) {
	for i := range batch {
		m := &batch[i]
		m.Version = seq
		switch {
		case len(m.Payload)%8 != 0:
			seal(m.Payload, o.producer, seq)
		case o.bare:
			sealWords(wordsOf(m.Payload)[:1], nameOf(o.producer, seq))
		default:
			sealWords(wordsOf(m.Payload), nameOf(o.producer, seq))
		}
		seq++
	}
}
