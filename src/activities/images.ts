import { Context, heartbeat, log } from '@temporalio/activity';
import type { ImageActivities } from '../contracts/image-activities';
import { ensureOwned, removeOwned } from './ownership';
import type { Ports } from './ports';
import { beating } from './waiting';

export function createImageActivities({ images }: Pick<Ports, 'images'>): ImageActivities {
  return {
    pinImage: ({ image }) => beating(images.pin(image, Context.current().cancellationSignal)),

    createRepository: ({ image, owner, adopt }) =>
      ensureOwned(
        { what: `repository ${image.to}`, owner, adopt },
        () => images.findRepository(image.to),
        () => images.createRepository(image, owner),
      ),

    copyImage: ({ image, pinned }) =>
      beating(images.copy(image, pinned, (copied) => heartbeat(copied), Context.current().cancellationSignal)),

    verifyImage: ({ image, pinned }) => beating(images.verify(image, pinned, Context.current().cancellationSignal)),

    removeImage: ({ image, pinned, owner }) =>
      removeOwned(
        `repository ${image.to}`,
        owner,
        () => images.findRepository(image.to),
        async () => {
          const left = await beating(images.remove(image, pinned));
          if (left.length > 0) log.warn('not everything of an image could be removed', { image: image.name, left });
        },
      ),
  };
}
