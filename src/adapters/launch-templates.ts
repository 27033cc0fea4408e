/** EC2 launch templates. Looking is done with a filter, which answers "none" with an empty list instead of an error. */
import { createHash } from 'node:crypto';
import type { CreateLaunchTemplateCommandInput, EC2Client, LaunchTemplate } from '@aws-sdk/client-ec2';
import {
  CreateLaunchTemplateCommand,
  DeleteLaunchTemplateCommand,
  DescribeLaunchTemplatesCommand,
} from '@aws-sdk/client-ec2';
import type { Owner } from '../domain/resources';
import { ownerOf, ownerTags } from '../domain/resources';
import type { Ec2TargetSpec } from '../domain/spec';
import type { Found } from '../ports/traffic-router';
import { awsCall } from './aws-errors';
import { tagList, tagRecord } from './aws-tags';
import { acceptMissing, exactlyOne } from './found';

export class LaunchTemplates {
  constructor(private readonly client: EC2Client) {}

  async find(name: string): Promise<Found<{ id: string }> | undefined> {
    const templates: LaunchTemplate[] = [];
    let NextToken: string | undefined;
    do {
      const command = new DescribeLaunchTemplatesCommand({
        Filters: [{ Name: 'launch-template-name', Values: [name] }],
        NextToken,
      });
      const page = await awsCall('ec2:DescribeLaunchTemplates', name, (abortSignal) =>
        this.client.send(command, { abortSignal }),
      );
      templates.push(...(page.LaunchTemplates ?? []));
      NextToken = page.NextToken;
    } while (NextToken);
    if (templates.length === 0) return undefined;
    const template = exactlyOne(templates, `launch template ${name}`);
    return { value: { id: template.LaunchTemplateId ?? '' }, owner: ownerOf(tagRecord(template.Tags)) };
  }

  async create(name: string, target: Ec2TargetSpec, owner: Owner): Promise<{ id: string }> {
    const command = new CreateLaunchTemplateCommand(launchTemplate(name, target, owner));
    const reply = await awsCall('ec2:CreateLaunchTemplate', name, (abortSignal) =>
      this.client.send(command, { abortSignal }),
    );
    return { id: reply.LaunchTemplate?.LaunchTemplateId ?? '' };
  }

  async delete(id: string): Promise<void> {
    const command = new DeleteLaunchTemplateCommand({ LaunchTemplateId: id });
    await acceptMissing(
      awsCall('ec2:DeleteLaunchTemplate', id, (abortSignal) => this.client.send(command, { abortSignal })),
    );
  }
}

/** The request, with a token that makes a repetition by the same migration return the first one's template. */
export function launchTemplate(name: string, target: Ec2TargetSpec, owner: Owner): CreateLaunchTemplateCommandInput {
  const Tags = tagList(ownerTags(owner));
  const { instanceProfile, userData } = target;
  return {
    LaunchTemplateName: name,
    ClientToken: createHash('sha256').update(`${owner.run}/${name}`).digest('hex'),
    TagSpecifications: [{ ResourceType: 'launch-template', Tags }],
    LaunchTemplateData: {
      ImageId: target.imageId,
      InstanceType: target.instanceType as NonNullable<
        CreateLaunchTemplateCommandInput['LaunchTemplateData']
      >['InstanceType'],
      SecurityGroupIds: [...target.securityGroupIds],
      ...(instanceProfile === undefined
        ? {}
        : {
            IamInstanceProfile: instanceProfile.startsWith('arn:')
              ? { Arn: instanceProfile }
              : { Name: instanceProfile },
          }),
      ...(userData === undefined ? {} : { UserData: Buffer.from(userData, 'utf8').toString('base64') }),
      // Without tokens a request forged through the model server could read the instance's credentials.
      MetadataOptions: { HttpTokens: 'required', HttpEndpoint: 'enabled' },
      TagSpecifications: [
        { ResourceType: 'instance', Tags },
        { ResourceType: 'volume', Tags },
      ],
    },
  };
}
