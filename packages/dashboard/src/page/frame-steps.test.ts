import { expect, test } from 'vitest';
import { FrameSteps } from './frame-steps.ts';

/** Frames that come when they are let come. */
function frames(): { ask: (callback: () => void) => void; show: () => boolean } {
  const asked: (() => void)[] = [];
  return {
    ask: (callback) => void asked.push(callback),
    show: () => {
      const callback = asked.shift();
      callback?.();
      return callback !== undefined;
    },
  };
}

test('One step is done in a frame', () => {
  const { ask, show } = frames();
  const done: string[] = [];
  const steps = new FrameSteps(() => ['a', 'b'].map((step) => () => void done.push(step)), ask);
  steps.run();
  expect(done).toEqual([]);
  show();
  expect(done).toEqual(['a']);
  show();
  expect(done).toEqual(['a', 'b']);
  expect(show()).toBe(false);
});

test('What is asked for meanwhile is done once, after the last step', () => {
  const { ask, show } = frames();
  const done: string[] = [];
  let round = 0;
  const steps = new FrameSteps(() => {
    round += 1;
    return [`a${round}`, `b${round}`].map((step) => () => void done.push(step));
  }, ask);
  steps.run();
  show();
  steps.run();
  steps.run();
  while (show());
  expect(done).toEqual(['a1', 'b1', 'a2', 'b2']);
  steps.run();
  while (show());
  expect(done.slice(4)).toEqual(['a3', 'b3']);
});
