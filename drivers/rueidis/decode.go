package rueidis

import (
	"errors"

	"github.com/redis/rueidis"

	"github.com/rlbench/rlbench/drivers"
)

// decode converts a message. What only RESP3 has becomes what RESP2 would have
// answered, see drivers.FromAny. A nested error reply is returned.
func decode(m rueidis.RedisMessage) (drivers.Reply, error) {
	switch {
	case m.IsNil():
		return drivers.Reply{}, nil
	case m.IsInt64():
		n, err := m.ToInt64()
		return drivers.Reply{Kind: drivers.Int, Int: n}, err
	case m.IsString():
		text, err := m.ToString()
		return drivers.Reply{Kind: drivers.Text, Text: text}, err
	case m.IsArray():
		items, _ := m.ToArray()
		return decodeAll(items)
	}
	return decodeRESP3(m)
}

func decodeAll(messages []rueidis.RedisMessage) (drivers.Reply, error) {
	items := make([]drivers.Reply, len(messages))
	for i, m := range messages {
		var err error
		if items[i], err = decode(m); err != nil {
			return drivers.Reply{}, err
		}
	}
	return drivers.Reply{Kind: drivers.Array, Items: items}, nil
}

func decodeRESP3(m rueidis.RedisMessage) (drivers.Reply, error) {
	if m.IsMap() {
		pairs, err := m.ToMap()
		flat := make([]drivers.Reply, 0, 2*len(pairs))
		for key, value := range pairs {
			item, nested := decode(value)
			err = errors.Join(err, nested)
			flat = append(flat, drivers.Reply{Kind: drivers.Text, Text: key}, item)
		}
		return drivers.Reply{Kind: drivers.Array, Items: flat}, err
	}
	v, err := m.ToAny()
	if err != nil {
		return drivers.Reply{}, replyError(m, err)
	}
	return drivers.FromAny(v)
}

// fill copies the integers of a script's answer, without a Reply in between.
func fill(m rueidis.RedisMessage, dst []int64) error {
	if items, err := m.ToArray(); err == nil && len(items) == len(dst) {
		for i := range items {
			if dst[i], err = items[i].ToInt64(); err != nil {
				return misfit(m, dst)
			}
		}
		return nil
	}
	if n, err := m.ToInt64(); err == nil && len(dst) == 1 {
		dst[0] = n
		return nil
	}
	return misfit(m, dst)
}

// misfit words the error of an answer that does not fit.
func misfit(m rueidis.RedisMessage, dst []int64) error {
	reply, err := decode(m)
	if err != nil {
		return drivers.WithClass(drivers.Unknown, err)
	}
	return drivers.FillInts(reply, dst)
}

// class classes the error of a result. That of a dial is Failed already. Of the
// others, only that no node is known is certainly from before the write.
func class(m rueidis.RedisMessage, err error, script bool) error {
	if _, ok := rueidis.IsRedisErr(err); ok {
		return drivers.ReplyError(replyError(m, err).Error(), script)
	}
	if drivers.ClassOf(err) == drivers.Failed {
		return err
	}
	if errors.Is(err, rueidis.ErrNoSlot) || errors.Is(err, rueidis.ErrNoAddr) {
		return drivers.WithClass(drivers.Failed, err)
	}
	return drivers.WithClass(drivers.Unknown, err)
}

// replyError returns the text as the server sent it. The client cuts off a
// leading "ERR ", which shows only in the size of the message.
func replyError(m rueidis.RedisMessage, err error) error {
	const cut = "ERR "
	var empty rueidis.RedisMessage
	if text := err.Error(); m.CacheSize() == empty.CacheSize()+len(cut)+len(text) {
		return errors.New(cut + text)
	}
	return err
}
