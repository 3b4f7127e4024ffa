package page_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/rlbench/rlbench/internal/page"
	"github.com/rlbench/rlbench/internal/result"
)

// patience is what a loaded machine may take for one test; no test waits for it.
const patience = 2 * time.Minute

// chromium finds the browser. Without one the tests are left out, but never in CI.
func chromium(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const missing = "no Chromium is installed, so the page is not tested in a browser: run ci/setup.sh test, or install it (Debian: apt-get install chromium)"
	if os.Getenv("CI") != "" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}

// tab is a page in a browser of its own.
type tab struct {
	testing.TB
	ctx context.Context
	url string

	mu       sync.Mutex
	requests []string
	messages []string
}

// open shows the file in a fresh browser and waits until it is loaded.
func open(t testing.TB, file string, width, height int64) *tab {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx,
		chromedp.ExecPath(chromium(t)), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true), chromedp.UserDataDir(t.TempDir()),
	)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	p := &tab{TB: t, ctx: ctx, url: (&url.URL{Scheme: "file", Path: file}).String()}
	p.do(chromedp.EmulateViewport(width, height))
	p.media("")
	p.listen()
	p.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, network.Enable, network.EnableParams{})
		return err
	}))
	p.do(chromedp.Navigate(p.url))
	t.Cleanup(p.quiet)
	return p
}

// listen notes every request and everything on the console.
func (p *tab) listen() {
	messages, err := chromedp.Console(p.ctx), error(nil)
	if err = chromedp.Listen(p.ctx, func(ev any) {
		if r, ok := ev.(*network.EventRequestWillBeSent); ok {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.requests = append(p.requests, r.Request.URL)
		}
	}); err != nil {
		p.Fatal(err)
	}
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			p.mu.Lock()
			p.messages = append(p.messages, m.String())
			p.mu.Unlock()
		}
	}()
}

// quiet demands that the page asked for nothing but itself and wrote nothing on the
// console.
func (p *tab) quiet() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.requests {
		if file, _, _ := strings.Cut(r, "#"); file != p.url && !strings.HasPrefix(r, "data:") {
			p.Errorf("the page asks for %s", r)
		}
	}
	for _, m := range p.messages {
		p.Errorf("on the console: %s", m)
	}
	if len(p.requests) == 0 {
		p.Error("no request was seen, not even for the page: nobody listened")
	}
}

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.Fatal(err)
	}
}

// eval returns the value of an expression of JavaScript.
func eval[T any](p *tab, expression string) T {
	p.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.Fatalf("%s: %v", expression, err)
	}
	return v
}

// await waits until the condition holds. Where the page that was asked has just been left
// for another one, that is asked.
func (p *tab) await(condition string) {
	p.Helper()
	for {
		_, err := chromedp.Run(p.ctx, chromedp.Poll[chromedp.Void](condition, chromedp.WithPollingTimeout(patience)))
		var left *cdproto.Error
		switch {
		case err == nil:
			return
		case !errors.As(err, &left) || !strings.Contains(left.Message, "context"):
			p.Fatalf("%s never came true: %v", condition, err)
		}
	}
}

// media emulates a medium and the reader's wishes. Scrolling is never smooth: a click
// would hit what has moved on.
func (p *tab) media(medium string, features ...*emulation.MediaFeature) {
	p.Helper()
	features = append(features, &emulation.MediaFeature{Name: "prefers-reduced-motion", Value: "reduce"})
	p.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: medium, Features: features})
		return err
	}))
}

func (p *tab) dark() {
	p.media("", &emulation.MediaFeature{Name: "prefers-color-scheme", Value: "dark"})
}

// shown are the ids of the rows that the table shows, in order.
func (p *tab) shown() []string {
	p.Helper()
	return eval[[]string](p, `[...document.querySelectorAll('#table tbody tr[id]')].map(r => r.id.slice(5))`)
}

// visit goes to an address inside the page, as a link that somebody was sent does.
func (p *tab) visit(hash string) {
	p.Helper()
	p.do(chromedp.Navigate("about:blank"), chromedp.Navigate(p.url+hash))
	p.await("location.protocol === 'file:' && document.readyState === 'complete'")
	p.mu.Lock()
	defer p.mu.Unlock()
	var own []string
	for _, r := range p.requests {
		if r != "about:blank" {
			own = append(own, r)
		}
	}
	p.requests = own
}

// quoted is a string of JavaScript.
func quoted(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}

// press presses keys one after the other.
func (p *tab) press(keys ...string) {
	p.Helper()
	for _, k := range keys {
		p.do(chromedp.KeyEvent(k))
	}
}

// Pictures of the page, for eyes: go test ./internal/page -run Pictures with
// RLBENCH_PICTURES set to a folder.
func TestPictures(t *testing.T) {
	dir := os.Getenv("RLBENCH_PICTURES")
	if dir == "" {
		t.Skip("RLBENCH_PICTURES names no folder")
	}
	for _, name := range strings.Fields(os.Getenv("RLBENCH_RUNS")) {
		file := committed(t, name)
		for _, width := range []int64{390, 1440} {
			p := open(t, file, width, 900)
			for _, scheme := range []string{"light", "dark"} {
				p.media("", &emulation.MediaFeature{Name: "prefers-color-scheme", Value: scheme})
				png, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
				if err != nil {
					t.Fatal(err)
				}
				path := filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, scheme))
				if err := os.WriteFile(path, png, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// Whatever the run, the page fits the screen: what is wider scrolls by itself.
func TestNothingIsWiderThanTheScreen(t *testing.T) {
	for name, run := range map[string]page.Run{
		"reference": load(t, "reference"), "standalone": load(t, "standalone"), "sweep-limit": load(t, "sweep-limit"),
		"partial": partial(t), "one cell": one(t), "gated": gated(t), "hostile": disguised(t),
		"empty": {Result: &result.Result{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := open(t, stored(t, run), 1440, 900)
			for _, width := range []int64{1440, 768, 390, 320} {
				p.do(chromedp.EmulateViewport(width, 800))
				p.await(fmt.Sprintf("innerWidth === %d", width))
				if got := eval[int64](p, "document.scrollingElement.scrollWidth"); got > width {
					t.Errorf("%d px wide on a screen of %d; the widest: %s", got, width, eval[string](p, `(() => {
						const out = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll, nav, pre'));
						return out.slice(0, 3).map(e => e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 40)).join(' | ');
					})()`))
				}
			}
		})
	}
}

// On a desktop the tables of limiters show all of their columns.
func TestLimitersFitADesktop(t *testing.T) {
	p := open(t, stored(t, load(t, "reference")), 1440, 900)
	const cut = "[...document.querySelectorAll('#limiters .scroll')].filter(e => e.scrollWidth > e.clientWidth).map(e => e.getAttribute('aria-label')).join('; ')"
	if got := eval[string](p, cut); got != "" {
		t.Errorf("cut off on a screen of 1440: %s", got)
	}
	if eval[int64](p, "document.querySelectorAll('#limiters .scroll').length") == 0 {
		t.Error("there is no such table")
	}
}

func TestFilters(t *testing.T) {
	run := load(t, "reference")
	p := open(t, stored(t, run), 1440, 900)
	if n := len(p.shown()); n != len(run.Result.Cells) {
		t.Fatalf("%d rows, want %d", n, len(run.Result.Cells))
	}
	count := func(keep func(c *result.Cell) bool) (n int) {
		for i := range run.Result.Cells {
			if keep(&run.Result.Cells[i]) {
				n++
			}
		}
		return n
	}
	p.do(chromedp.SetValue(chromedp.CSS(`[name=technique]`), "lua"))
	p.do(chromedp.Func(func(context.Context, *chromedp.Target) error {
		eval[bool](p, `document.querySelector('[name=technique]').dispatchEvent(new Event('input', {bubbles: true}))`)
		return nil
	}))
	want := count(func(c *result.Cell) bool { return c.Technique == "lua" })
	if n := len(p.shown()); n != want {
		t.Errorf("%d rows with lua, want %d", n, want)
	}
	p.do(chromedp.SendKeys(chromedp.CSS(`[name=q]`), "GCRA partition"))
	want = count(func(c *result.Cell) bool {
		return c.Technique == "lua" && c.Algorithm == "gcra" && c.Scenario == "partition"
	})
	p.await(fmt.Sprintf("document.getElementById('shown').textContent === '%d of %d cells'", want, len(run.Result.Cells)))
	if got := eval[string](p, "location.hash"); got != "#technique=lua&q=GCRA+partition" {
		t.Errorf("the address is %s", got)
	}
	p.do(chromedp.Click(chromedp.CSS(`[name=off]`)))
	p.await("document.querySelector('#table tbody').textContent.includes('No cell has all of these words')")
	p.do(chromedp.Click(chromedp.CSS(`[type=reset]`)))
	p.await(fmt.Sprintf("document.querySelectorAll('#table tbody tr').length === %d && location.hash === ''", len(run.Result.Cells)))
	if got := eval[string](p, "document.querySelector('[name=q]').value"); got != "" {
		t.Errorf("the search still says %q", got)
	}
}

// Numbers are sorted as numbers, the largest first, what is not known last either way.
func TestSort(t *testing.T) {
	run := load(t, "reference")
	p := open(t, stored(t, run), 1440, 900)
	column := func() []*float64 {
		return eval[[]*float64](p, `(() => {
			const i = [...document.querySelectorAll('#table thead button')].findIndex(b => b.dataset.k === 'server');
			return [...document.querySelectorAll('#table tbody tr')].map(r => r.cells[i].dataset.v === undefined ? null : Number(r.cells[i].dataset.v));
		})()`)
	}
	sorted := func(down bool) {
		t.Helper()
		values := column()
		for i := 1; i < len(values); i++ {
			a, b := values[i-1], values[i]
			if a == nil && b != nil || a != nil && b != nil && (*a < *b) == down && *a != *b {
				t.Fatalf("row %d is out of order", i)
			}
		}
		if values[0] == nil || values[len(values)-1] != nil {
			t.Error("the column holds nothing, or everything is known: another is needed to test")
		}
	}
	p.do(chromedp.Click(chromedp.CSS(`[data-k=server]`)))
	sorted(true)
	if got := eval[string](p, `document.querySelector('[data-k=server]').parentElement.ariaSort + location.hash`); got != "descending#sort=server&dir=desc" {
		t.Error(got)
	}
	p.do(chromedp.Click(chromedp.CSS(`[data-k=server]`)))
	sorted(false)
	if got := eval[string](p, `[...document.querySelectorAll('#table th')].map(h => h.ariaSort).filter(s => s && s !== 'none').join()`); got != "ascending" {
		t.Errorf("columns are sorted %s, want one ascending", got)
	}
	p.do(chromedp.Click(chromedp.CSS(`[data-k=limiter]`)))
	if got := eval[string](p, `document.querySelector('#table tbody th').textContent.trim().slice(0, 11)`); got != "fixedwindow" {
		t.Errorf("by limiter, the first row is %q", got)
	}
}

// An address that somebody was sent shows what the sender saw: the cell, with all of its
// numbers, over the rows that were chosen, in their order.
func TestDeepLink(t *testing.T) {
	run := load(t, "reference")
	p := open(t, stored(t, run), 1440, 900)
	c := &run.Result.Cells[200]
	id := c.Name() + ".r1"
	p.visit("#algorithm=" + c.Algorithm + "&sort=p99&dir=desc&cell=" + id)
	p.await("document.getElementById('cell').open")
	if got := eval[string](p, "document.getElementById('cell-title').textContent"); got != id {
		t.Errorf("the address of %s opens %s", id, got)
	}
	text := eval[string](p, "document.getElementById('cell-body').textContent")
	for _, want := range []string{
		fmt.Sprintf("latency.response.p50_us%v µs", c.Latency.Response.P50us), fmt.Sprintf("allowed%d", c.Allowed),
		fmt.Sprintf("overshoot.certain%d", c.Overshoot.Certain), c.SHA256, "rlbench run --seed=4 --scenario=" + c.Scenario,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the details do not say %q", want)
		}
	}
	if got := eval[string](p, "document.querySelector('[name=algorithm]').value"); got != c.Algorithm {
		t.Errorf("the filter says %q", got)
	}
	shown := p.shown()
	at := slices.Index(shown, id)
	p.do(chromedp.Click(chromedp.CSS("#after")))
	p.await(fmt.Sprintf("document.getElementById('cell-title').textContent === %s", quoted(shown[at+1])))
	p.press(kb.Escape)
	p.await("!document.getElementById('cell').open && !location.hash.includes('cell=')")
	if got := eval[string](p, "document.activeElement.closest('tr').id"); got != "cell="+shown[at+1] {
		t.Errorf("the focus is on %s, want the row of the cell", got)
	}
	// A link as it stands in the table, without the script's help, and a section's.
	p.visit("#cell=" + id)
	p.await("document.getElementById('cell').open")
	p.visit("#witnesses")
	p.await("Math.abs(document.getElementById('witnesses').getBoundingClientRect().top) < innerHeight")
	p.visit("#cell=no/such/cell")
	p.await("!document.getElementById('cell').open && document.querySelectorAll('#table tbody tr').length === 324")
}

// Everything can be done without a mouse, and what has the focus can be seen.
func TestKeyboard(t *testing.T) {
	p := open(t, committed(t, "standalone"), 1440, 900)
	p.press(kb.Tab)
	if got := eval[string](p, "document.activeElement.className"); got != "skip" {
		t.Errorf("the first stop is %q, want the link that skips the menu", got)
	}
	p.press(kb.Enter)
	p.await("location.hash === '#answer' && document.activeElement.id === 'answer'")
	unseen := eval[[]string](p, `(() => {
		const bad = [];
		for (const e of document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')) {
			e.focus({ preventScroll: true, focusVisible: true });
			if (document.activeElement !== e) { if (e.checkVisibility()) bad.push('no focus: ' + e.outerHTML.slice(0, 80)); continue; }
			const s = getComputedStyle(e);
			if (s.outlineStyle === 'none' || parseFloat(s.outlineWidth) < 2) bad.push('no outline: ' + e.outerHTML.slice(0, 80));
		}
		return bad.slice(0, 5);
	})()`)
	for _, u := range unseen {
		t.Error(u)
	}
	eval[bool](p, "document.querySelector('[data-k=p99]').focus() || true")
	p.press(kb.Enter)
	p.await("document.querySelector('[data-k=p99]').parentElement.ariaSort === 'descending' && document.activeElement.dataset.k === 'p99'")
	eval[bool](p, "document.querySelector('#table tbody a').focus() || true")
	p.press(kb.Enter)
	p.await("document.getElementById('cell').open && document.getElementById('cell').contains(document.activeElement)")
	p.press(kb.Escape)
	p.await("!document.getElementById('cell').open && document.activeElement === document.querySelector('#table tbody a')")
	eval[bool](p, "document.querySelector('summary').focus() || true")
	p.press(kb.Enter)
	p.await("document.querySelector('details').open")
	eval[bool](p, "document.querySelector('[name=off]').focus() || true")
	p.press(" ")
	p.await("location.hash.includes('off=1')")
}

// readable lists the words whose contrast with what is behind them is below 4.5. The
// ground of a picture is that of the page.
const readable = `(() => {
	const rgb = (s) => { const m = s.match(/[\d.]+/g).map(Number); return m.length > 3 && m[3] === 0 ? null : m; };
	const lum = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
	const ground = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c) return c; } return [255, 255, 255]; };
	const bad = new Set();
	let seen = 0;
	for (const e of document.querySelectorAll('body *')) {
		if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || e.closest('script, title, noscript, dialog:not([open]), .skip') || !e.checkVisibility()) continue;
		const svg = e.namespaceURI.endsWith('svg');
		const s = getComputedStyle(e);
		const [a, b] = [lum(rgb(svg ? s.fill : s.color)), lum(ground(svg ? e.closest('svg').parentElement : e))];
		const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		seen++;
		if (contrast < 4.5 && !(svg && contrast < 1.3)) bad.add(contrast.toFixed(2) + ' ' + e.tagName + '.' + (e.className.baseVal ?? e.className) + ' ' + e.textContent.slice(0, 30));
	}
	if (seen < 50) bad.add('only ' + seen + ' words were looked at');
	return [...bad].slice(0, 8);
})()`

// By day and by night all words can be read, pictures included. Words in the colour of
// the ground stand on a colour, inside a picture; those of a table are looked at here.
func TestContrast(t *testing.T) {
	for name, run := range map[string]page.Run{"reference": load(t, "reference"), "standalone": load(t, "standalone"), "partial": partial(t), "gated": gated(t)} {
		p := open(t, stored(t, run), 1440, 900)
		grounds := map[string]bool{}
		for _, scheme := range []string{"light", "dark"} {
			p.media("", &emulation.MediaFeature{Name: "prefers-color-scheme", Value: scheme})
			grounds[eval[string](p, "getComputedStyle(document.body).backgroundColor")] = true
			for _, bad := range eval[[]string](p, readable) {
				t.Errorf("%s, %s: %s", name, scheme, bad)
			}
		}
		if len(grounds) != 2 {
			t.Errorf("%s: the ground is %v by day and by night", name, grounds)
		}
	}
}

// Techniques are told apart by lightness by night as by day, and a bar is seen.
func TestDarkCharts(t *testing.T) {
	p := open(t, committed(t, "standalone"), 1440, 900)
	fills := func() []string {
		return eval[[]string](p, `[...new Set([...document.querySelectorAll('.chart path')].map(e => getComputedStyle(e).fill))]`)
	}
	day := fills()
	p.dark()
	night := fills()
	if len(day) < 4 || len(night) != len(day) {
		t.Fatalf("%d colours by day, %d by night", len(day), len(night))
	}
	if !slices.Contains(day, "rgb(219, 116, 50)") {
		t.Errorf("naive is not in its colour by day: %v", day)
	}
	same := 0
	for _, c := range day {
		if slices.Contains(night, c) && c != "none" {
			same++
		}
	}
	if same > 0 {
		t.Errorf("%d colours are the same by night: %v, %v", same, day, night)
	}
}

// On paper there is all of the table and no control.
func TestPrint(t *testing.T) {
	p := open(t, committed(t, "standalone"), 800, 900)
	p.dark()
	p.media("print", &emulation.MediaFeature{Name: "prefers-color-scheme", Value: "dark"})
	if got := eval[string](p, "getComputedStyle(document.body).backgroundColor"); got != "rgb(255, 255, 255)" {
		t.Errorf("paper is %s", got)
	}
	if eval[bool](p, "document.getElementById('filters').checkVisibility() || document.querySelector('nav').checkVisibility()") {
		t.Error("controls are printed")
	}
	if eval[bool](p, "(e => e.scrollHeight > e.clientHeight + 1)(document.querySelector('.cells'))") {
		t.Error("the table is cut off")
	}
	pdf, err := chromedp.Run(p.ctx, chromedp.PrintToPDF())
	if err != nil || len(pdf) < 10_000 {
		t.Errorf("%d bytes of PDF, %v", len(pdf), err)
	}
}

// Names from outside are shown, and nothing in them runs.
func TestHostileNamesInTheBrowser(t *testing.T) {
	run := disguised(t)
	p := open(t, stored(t, run), 1440, 900)
	eval[bool](p, `(() => { window.alert = () => { console.error('a name of the run was run'); }; return true; })()`)
	for range 3 {
		p.do(chromedp.Click(chromedp.CSS("#table tbody tr:nth-child(2) a")))
		p.await("document.getElementById('cell').open")
		p.press(kb.Escape)
		p.await("!document.getElementById('cell').open")
		p.do(chromedp.Click(chromedp.CSS("[data-k=verdict]")))
	}
	p.do(chromedp.SendKeys(chromedp.CSS("[name=q]"), "<script>"))
	p.await("location.hash.includes('script') && !document.getElementById('shown').textContent.startsWith('324 ')")
	if n := eval[int](p, "document.scripts.length"); n != 2 {
		t.Errorf("%d scripts", n)
	}
}

// How soon the page of the largest runs is there is measured and logged; no test
// depends on it.
func BenchmarkOpen(b *testing.B) {
	for _, name := range []string{"reference", "faults"} {
		b.Run(name, func(b *testing.B) {
			p := open(b, committed(b, name), 1440, 900)
			for b.Loop() {
				p.do(chromedp.Navigate("about:blank"), chromedp.Navigate(p.url))
				p.await("document.readyState === 'complete'")
			}
			b.ReportMetric(eval[float64](p, "performance.getEntriesByType('navigation')[0].loadEventEnd"), "ms/load")
			b.ReportMetric(eval[float64](p, "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"), "ms/paint")
			p.mu.Lock()
			defer p.mu.Unlock()
			p.requests = slices.DeleteFunc(p.requests, func(r string) bool { return r == "about:blank" })
		})
	}
}
