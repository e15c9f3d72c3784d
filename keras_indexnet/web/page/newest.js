/** A function that answers to the newest question only: others wait until it is quiet, and lose their turn. */
export function newestOnly(answer, quiet) {
  let newest = 0;
  let running = null;
  const question = async (...what) => {
    const number = ++newest;
    await new Promise((resolve) => setTimeout(resolve, quiet));
    while (running) await running;
    if (number !== newest) return;
    running = answer(() => number === newest, ...what);
    try {
      await running;
    } finally {
      running = null;
    }
  };
  question.cancel = () => { newest++; };
  return question;
}
